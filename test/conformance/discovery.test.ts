// The discovery document: valid, stable, and claiming only what some case of this suite proves (discovery-auth.md §1-§3, §6).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { conforms } from "../support/schemas.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const path = "/.well-known/openwop";

/** Every claim (leaf of the document) and where it is proven. A claim that is not in this list fails the suite. */
const proofs: { claim: RegExp; proof: string }[] = [
  { claim: /^protocolVersion$/, proof: "here: grammar" },
  { claim: /^implementation\./, proof: "identity, no behaviour" },
  { claim: /^engineVersion$/, proof: "fixtures: version-fold" },
  { claim: /^eventLogSchemaVersion$/, proof: "fixtures: the snapshot's member" },
  { claim: /^supportedTransports\[\d+\]=rest$/, proof: "the whole suite" },
  {
    claim: /^limits\.(clarificationRounds|schemaRounds|envelopesPerTurn)$/,
    proof: "required members; no envelope is supported",
  },
  { claim: /^limits\.maxNodeExecutions$/, proof: "runs: clamped and enforced" },
  { claim: /^limits\.maxRunDurationMs$/, proof: "runs: a lowered ceiling ends runs that ask for more" },
  { claim: /^limits\.maxRequestBodyBytes$/, proof: "errors: 413" },
  { claim: /^configurable\.(recursionLimit|runTimeoutMs)\./, proof: "runs: within bounds" },
  { claim: /^configurable\.(escalationThreshold|reasoningVerbosity)\./, proof: "agents: overrides of a run" },
  { claim: /^configurable\.mockProvider\./, proof: "mock-providers" },
  { claim: /^idempotency\.supported=true$/, proof: "idempotency" },
  { claim: /^idempotency\.layer1RetentionSeconds$/, proof: "here: at least a day" },
  { claim: /^idempotency\.crossRegion=single-region$/, proof: "claims nothing beyond one host" },
  { claim: /^scheduling\.(supported|cron|delayed)=true$/, proof: "schedules: runs every second, once after a delay" },
  { claim: /^scheduling\.maxFutureHorizon=P1830D$/, proof: "schedules: refused beyond the horizon" },
  { claim: /^deadLetter\.supported=true$/, proof: "dead-letters: the event, the list, the fork" },
  { claim: /^deadLetter\.retentionDays$/, proof: "dead-letters: how long one stands; test/runtime: purged then" },
  { claim: /^restTransport\.conditionalRunGet=true$/, proof: "runs: ETag" },
  { claim: /^restTransport\.contentEncodings\[\d+\]=(gzip|br|zstd)$/, proof: "run-reads: each of them" },
  { claim: /^runs\.pauseResume\.supported=true$/, proof: "pause" },
  { claim: /^runs\.pauseResume\.drainPolicies\[\d+\]=(drain-current-node|immediate)$/, proof: "pause: both policies" },
  { claim: /^feedback\.supported=true$/, proof: "annotations" },
  { claim: /^feedback\.targets\[\d+\]=(run|event|node)$/, proof: "annotations: each of them is taken" },
  { claim: /^feedback\.signals\[\d+\]=(rating|correction|label|flag)$/, proof: "annotations: each of them is taken" },
  { claim: /^testing\.mockProviders\[\d+\]=(tool-calls|error|usage-only)$/, proof: "mock-providers" },
  { claim: /^debugBundle\.supported=true$/, proof: "debug-bundle" },
  { claim: /^configurable\.(model|ai\.model|temperature|maxTokens)\./, proof: "run-options: overrides reach the call" },
  {
    claim: /^webhooks\.supported=true$/,
    proof: "webhooks: every code; webhooks-delivery: to whom, what, in which order",
  },
  { claim: /^webhooks\.signatureAlgorithms\[0\]=v1$/, proof: "webhooks-delivery: signed" },
  { claim: /^webhooks\.durable=true$/, proof: "webhooks-delivery: retried; test/crash/webhooks: over kills" },
  {
    claim: /^replay\.(supported=true|modes\[\d+\]=(replay|branch))$/,
    proof: "fork, replay: both modes from every event",
  },
  { claim: /^replay\.sideEffectSuppression=recorded-outcome$/, proof: "replay: nothing is performed again" },
  { claim: /^providerUsage\./, proof: "threads: a turn writes its usage" },
  { claim: /^agents\.supported=true$/, proof: "agents: pins, reasoning events; test/turns: held decisions" },
  { claim: /^agents\.(orchestrator|dispatch|dispatchMapping)=true$/, proof: "children-dispatch" },
  { claim: /^(orchestrator|dispatch)\.supported=true$/, proof: "children-dispatch: both forms say the same" },
  { claim: /^subWorkflow\.inputMapping=true$/, proof: "children: mappings" },
  {
    claim: /^compensation\.supported=true$/,
    proof: "compensation: undone in order, under one key, replayed as it was",
  },
  {
    claim: /^compensation\.(orderingModels|exhaustedDispositions|approvalScopes|onParentCancel)\[\d+\]=/,
    proof: "compensation, test/engine/compensation: each of them",
  },
  {
    claim: /^compensation\.triggers\[\d+\]=(node-failure|run-cancel|cap-breach|operator-request)$/,
    proof: "compensation: a failure, a cancel, a bound, an operator's request",
  },
  {
    claim: /^multiAgent\.executionModel\.(supported=true|version|confidenceEscalationInterruptKind=clarification)$/,
    proof: "children-dispatch: hand-over events; children-orchestrator: the floor",
  },
  {
    claim:
      /^multiAgent\.executionModel\.crossHostCausation\.(supported=true|hostId=.+|ancestryEndpointSupported=true)$/,
    proof: "children-cascade: ancestry",
  },
  { claim: /^limits\.maxLoopIterations$/, proof: "children-orchestrator: bounds" },
  { claim: /^configurable\.maxLoopIterations\./, proof: "children-orchestrator: bounds" },
  {
    claim: /^extensions\.interrupts\.profiles\[\d+\]=openwop-interrupt-cascade-cancel$/,
    proof: "children-cascade: cancelling a parent",
  },
  { claim: /^agents\.modelClasses\[\d+\]=/, proof: "agents: the classes of the shipped roster" },
  { claim: /^agents\.reasoning\./, proof: "agents: one closing trace per round, bounded" },
  { claim: /^extensions\.interrupts\.profiles\[\d+\]=openwop-interrupt-quorum$/, proof: "interrupts: quorum" },
  {
    claim: /^extensions\.interrupts\.profiles\[\d+\]=openwop-interrupt-auth-required$/,
    proof: "interrupts: by token, auth required",
  },
  {
    claim: /^extensions\.interrupts\.profiles\[\d+\]=openwop-interrupt-external-event$/,
    proof: "fixtures: external event",
  },
  {
    claim: /^extensions\.interrupts\.externalEventRetentionSeconds$/,
    proof: "interrupt-actions: an event twice; marks of what was done are kept for 14 days",
  },
  { claim: /^conversationPrimitive=true$/, proof: "conversations" },
  { claim: /^multiPartyConversation\./, proof: "conversations: who may speak, how many" },
  { claim: /^conformance\.mockAgent=true$/, proof: "mock-agent" },
  { claim: /^extensions\.interrupts\.signedCallbackTokens=true$/, proof: "interrupts: by token" },
  { claim: /^fixtures\[\d+\]=/, proof: "fixtures: each one listed can be started" },
  { claim: /^testing\.forceEngineVersionRange\./, proof: "fixtures: version-fold" },
  { claim: /^testing\.testKeyPrefix=pk_$/, proof: "here: the suite's own key" },
  { claim: /^testing\.mockProviders\[\d+\]=stream-text$/, proof: "call-prompt: the mock streams" },
  { claim: /^observability\.(namespace|spanNames\[\d+\])=/, proof: "tracing: spans over OTLP" },
  { claim: /^observability\.otel\.exportProtocols\[\d+\]=http\/(json|protobuf)$/, proof: "tracing: both encodings" },
  { claim: /^observability\.testSeams\.(otelScrape|debugBundleExport)=true$/, proof: "seams: they answer" },
  { claim: /^parley\.extensionBase=\/v1\/host\/parley$/, proof: "threads" },
];

describe("discovery", () => {
  const host = useDaemon();
  // biome-ignore lint/suspicious/noExplicitAny: the document as the wire has it
  let document: any;
  before(async () => {
    document = (await host.client.anonymous("GET", path)).body;
  });

  it("answers anybody with a document that fits the schema", async () => {
    const { status, headers } = await host.client.anonymous("GET", path);
    assert.equal(status, 200);
    assert.match(String(headers["content-type"]), /^application\/json/);
    conforms("capabilities", document);
  });

  it("has the members every host must have, at the root", () => {
    assert.match(document.protocolVersion, /^1\.(0|[1-9][0-9]*)$/);
    assert.ok(Array.isArray(document.supportedEnvelopes));
    assert.equal(typeof document.schemaVersions, "object");
    for (const limit of ["clarificationRounds", "schemaRounds", "envelopesPerTurn"]) {
      assert.ok(Number.isInteger(document.limits[limit]) && document.limits[limit] >= 0);
    }
    assert.ok(!("capabilities" in document), "no wrapper");
  });

  it("lists transports of the closed list only; streams are part of rest", () => {
    for (const transport of document.supportedTransports) {
      assert.ok(["rest", "mcp", "a2a", "grpc"].includes(transport));
    }
  });

  it("keeps receipts for a day at least", () => {
    assert.ok(document.idempotency.layer1RetentionSeconds >= 24 * 3600);
  });

  it("names no canonical family inside a vendor's member", () => {
    const families = new Set(Object.keys(document).filter((name) => name !== "parley"));
    for (const name of Object.keys(document.parley ?? {})) assert.ok(!families.has(name), name);
  });

  it("claims only what a case proves", () => {
    const unproven = claimsOf(document).filter((claim) => !proofs.some((entry) => entry.claim.test(claim)));
    assert.deepEqual(
      unproven.filter((claim) => !proofs.some((entry) => entry.claim.test(claim.split("=")[0] ?? ""))),
      [],
    );
  });

  it("tells test keys by how they begin, where parley made them", { skip: needsOwnDaemon() }, () => {
    const { testKeyPrefix } = document.testing;
    assert.equal(testKeyPrefix, host.daemon.key.startsWith("pk_") ? "pk_" : undefined);
  });

  it("offers no experimental tier", () => {
    assert.doesNotMatch(JSON.stringify(document), /"tier"/);
  });

  it("says no secret and no place on this machine", () => {
    const text = JSON.stringify(document);
    assert.ok(!text.includes(host.client.key));
    if (!needsOwnDaemon()) assert.ok(!text.includes(host.daemon.home));
  });

  it("can be cached, and answers 304 to who has it", async () => {
    const { headers } = await host.client.anonymous("GET", path);
    assert.match(String(headers["cache-control"]), /public.*max-age=300/);
    const etag = String(headers.etag);
    assert.match(etag, /^"[^"]+"$/);
    assert.match(String(headers["capabilities-etag"]), /^"[0-9a-f]{64}"$/);
    const again = await host.client.anonymous("GET", path, { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304);
    assert.equal(again.text, "");
    const other = await host.client.anonymous("GET", path, { headers: { "if-none-match": '"other"' } });
    assert.equal(other.status, 200);
  });

  it("stays the same while nothing changes, whatever runs", async () => {
    const first = await host.client.anonymous("GET", path);
    await host.client.ended(await host.client.createRun("conformance-noop"));
    const second = await host.client.anonymous("GET", path);
    assert.equal(second.text, first.text);
    assert.equal(second.headers["capabilities-etag"], first.headers["capabilities-etag"]);
  });
});

describe("discovery of a production home", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon({});

  it("speaks of no fixtures and no testing", async () => {
    const { body } = await host.client.anonymous("GET", path);
    conforms("capabilities", body);
    assert.ok(!("fixtures" in body) && !("testing" in body) && !("conformance" in body));
  });

  it("answers 404 on every test seam", async () => {
    for (const seam of [
      "/v1/host/sample/test/reset",
      "/v1/host/sample/workflows",
      "/v1/test/anything",
      "/v1/packs-test/x",
    ]) {
      assert.equal((await host.client.post(seam)).status, 404, seam);
    }
  });
});

/** Leaves of the document as `path` or, for texts and truths, `path=value`. */
function claimsOf(value: unknown, at = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => claimsOf(item, `${at}[${index}]`));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, member]) => claimsOf(member, at === "" ? name : `${at}.${name}`));
  }
  if (value === false) return []; // no claim
  return [typeof value === "number" ? at : `${at}=${String(value)}`];
}
