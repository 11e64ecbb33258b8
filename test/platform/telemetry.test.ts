// Telemetry: trace headers, the spans of a log, their two encodings, the sampler, the settings, and an exporter that
// never makes a run wait.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startExporter } from "#platform/telemetry/exporter.ts";
import { otlpJson } from "#platform/telemetry/otlp-json.ts";
import { otlpProtobuf } from "#platform/telemetry/otlp-protobuf.ts";
import { type RunFacts, spansOf } from "#platform/telemetry/run-spans.ts";
import { isSampled } from "#platform/telemetry/sampler.ts";
import { exportSettings } from "#platform/telemetry/settings.ts";
import type { Span } from "#platform/telemetry/span.ts";
import type { RunStart } from "#ports/rows.ts";
import type { Committed, Store } from "#ports/store.ts";
import { allowedCost, costOfUsage, costUsage } from "#protocol/cost.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Json } from "#protocol/json.ts";
import { childTrace, outgoingTrace, parseTrace, runSpanId, traceHeaders } from "#protocol/trace.ts";
import { readSpans } from "../support/otlp.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

describe("a traceparent", () => {
  for (const { name, header, trace } of [
    { name: "that is sampled", header: `00-${TRACE_ID}-${PARENT}-01`, trace: { sampled: true } },
    { name: "that is not sampled", header: `00-${TRACE_ID}-${PARENT}-00`, trace: { sampled: false } },
    { name: "with flags of the future", header: `00-${TRACE_ID}-${PARENT}-ff`, trace: { sampled: true } },
    {
      name: "of a later version, with more behind it",
      header: `01-${TRACE_ID}-${PARENT}-01-x`,
      trace: { sampled: true },
    },
  ]) {
    it(`${name} is taken`, () =>
      assert.deepEqual(parseTrace(header), { traceId: TRACE_ID, parentSpanId: PARENT, ...trace }));
  }

  for (const { name, header } of [
    { name: "nothing", header: undefined },
    { name: "twice", header: [`00-${TRACE_ID}-${PARENT}-01`] },
    { name: "version ff", header: `ff-${TRACE_ID}-${PARENT}-01` },
    { name: "version 00 with more behind it", header: `00-${TRACE_ID}-${PARENT}-01-x` },
    { name: "a trace id of zeros", header: `00-${"0".repeat(32)}-${PARENT}-01` },
    { name: "a parent of zeros", header: `00-${TRACE_ID}-${"0".repeat(16)}-01` },
    { name: "upper case", header: `00-${TRACE_ID.toUpperCase()}-${PARENT}-01` },
    { name: "a short trace id", header: `00-${TRACE_ID.slice(1)}-${PARENT}-01` },
    { name: "words", header: "please" },
  ]) {
    it(`${name} is ignored`, () => assert.equal(parseTrace(header), undefined));
  }

  it("keeps a tracestate of up to 512 printable characters", () => {
    const header = `00-${TRACE_ID}-${PARENT}-01`;
    assert.equal(parseTrace(header, "vendor=1")?.tracestate, "vendor=1");
    assert.equal(parseTrace(header, "x".repeat(513))?.tracestate, undefined);
    assert.equal(parseTrace(header, "a\nb")?.tracestate, undefined);
  });

  it("goes out with the run's span as parent, its flags and its tracestate", () => {
    const trace = { traceId: TRACE_ID, parentSpanId: PARENT, sampled: true, tracestate: "vendor=1" };
    assert.deepEqual(outgoingTrace({ runId: "run_1", trace }), {
      traceparent: `00-${TRACE_ID}-${runSpanId("run_1")}-01`,
      tracestate: "vendor=1",
    });
    assert.equal(traceHeaders({ traceId: TRACE_ID }, PARENT).traceparent, `00-${TRACE_ID}-${PARENT}-00`);
  });
});

const start: RunStart = {
  runId: "run_1",
  tenantId: "default",
  workflowId: "demo",
  definitionHash: "h",
  inputs: {},
  configurable: {},
  tags: [],
  metadata: {},
  owner: { tenant: "default" },
  transport: "rest",
  createdMs: 1_000,
  trace: { traceId: TRACE_ID, parentSpanId: PARENT, sampled: true },
};
const facts: RunFacts = { start, protocolVersion: "1.1", complianceClass: "public", piiPresent: false };

type Told = [type: string, payload?: { [name: string]: Json }, atMs?: number];

/** A log of these events; a payload's nodeId is the event's. */
function logOf(...told: Told[]): RunEvent[] {
  return told.map(([type, payload = {}, atMs = 2_000], sequence) => ({
    eventId: `evt_${sequence}`,
    runId: "run_1",
    sequence,
    type,
    timestamp: new Date(atMs).toISOString(),
    schemaVersion: 1,
    engineVersion: "1",
    payload,
    ...(typeof payload.nodeId === "string" && { nodeId: payload.nodeId }),
  }));
}

function named(spans: readonly Span[], name: string): Span {
  const found = spans.filter((span) => span.name === name);
  assert.equal(found.length, 1, `${name} among ${spans.map((span) => span.name)}`);
  return found[0] as Span;
}

const began = (nodeId: string, atMs: number, attempt = 0): Told => [
  "node.started",
  { nodeId, typeId: "core.delay", attempt },
  atMs,
];

describe("the spans of a run", () => {
  it("begin with the run, under the caller's span, and end with it", () => {
    const run = named(spansOf(facts, logOf(["run.started"], ["run.completed", {}, 5_000])), "openwop.run");
    assert.deepEqual(
      { traceId: run.traceId, parent: run.parentSpanId, startMs: run.startMs, endMs: run.endMs, error: run.error },
      { traceId: TRACE_ID, parent: PARENT, startMs: 2_000, endMs: 5_000, error: undefined },
    );
    assert.equal(run.attributes["openwop.run_id"], "run_1");
    assert.equal(run.attributes["openwop.workflow_id"], "demo");
    assert.equal(run.attributes["openwop.protocol_version"], "1.1");
  });

  it("hold one append per event, in the span it happened in", () => {
    const spans = spansOf(facts, logOf(["run.started"], began("a", 2_000), ["node.completed", { nodeId: "a" }]));
    const appends = spans.filter((span) => span.name === "openwop.event.append");
    assert.deepEqual(
      appends.map((span) => [span.attributes["openwop.event_type"], span.attributes["openwop.event_seq"]]),
      [
        ["run.started", 0],
        ["node.started", 1],
        ["node.completed", 2],
      ],
    );
    const attempt = named(spans, "openwop.node.core.delay.attempt");
    assert.deepEqual(
      appends.map((span) => span.parentSpanId),
      [runSpanId("run_1"), attempt.spanId, attempt.spanId],
    );
  });

  it("hold a span per attempt inside of the node's", () => {
    const retried: Told = ["node.retried", { nodeId: "a", attempt: 1, lastError: { code: "effect_failed" } }, 3_000];
    const log = logOf(["run.started"], began("a", 2_000), retried, began("a", 4_000, 1), [
      "node.completed",
      { nodeId: "a" },
      6_000,
    ]);
    const spans = spansOf(facts, log);
    const node = named(spans, "openwop.node.core.delay");
    const attempts = spans.filter((span) => span.name === "openwop.node.core.delay.attempt");
    assert.deepEqual(
      attempts.map((span) => [span.startMs, span.endMs, span.error, span.parentSpanId]),
      [
        [2_000, 3_000, "effect_failed", node.spanId],
        [4_000, 6_000, undefined, node.spanId],
      ],
    );
    assert.deepEqual([node.parentSpanId, node.startMs, node.endMs], [runSpanId("run_1"), 2_000, 6_000]);
    assert.deepEqual(
      attempts.map((span) => span.attributes["openwop.node_attempt"]),
      [0, 1],
    );
    for (const name of ["openwop.node_id", "openwop.node_type", "openwop.event_seq"])
      assert.ok(name in node.attributes);
  });

  it("hold a node anew for each execution of a loop", () => {
    const once: Told[] = [began("a", 2_000), ["node.completed", { nodeId: "a" }, 3_000]];
    const spans = spansOf(facts, logOf(["run.started"], ...once, ...once));
    const nodes = spans.filter((span) => span.name === "openwop.node.core.delay");
    assert.equal(new Set(nodes.map((span) => span.spanId)).size, 2);
  });

  it("hold a question from its asking to its answer", () => {
    const asked: Told = ["node.suspended", { nodeId: "a", interruptId: "int_1", kind: "approval", key: "k" }, 3_000];
    const spans = spansOf(
      facts,
      logOf(["run.started"], began("a", 2_000), asked, ["node.resumed", { nodeId: "a" }, 9_000]),
    );
    const question = named(spans, "openwop.interrupt");
    assert.deepEqual([question.startMs, question.endMs], [3_000, 9_000]);
    assert.equal(question.parentSpanId, named(spans, "openwop.node.core.delay").spanId);
    assert.equal(question.attributes["openwop.interrupt_kind"], "approval");
    assert.equal(question.attributes["openwop.interrupt_id"], "int_1");
    assert.equal(question.attributes["openwop.interrupt_count"], 1);
  });

  it("name the bound that was broken", () => {
    const breach: Told = ["cap.breached", { kind: "run-duration", limit: 1, observed: 2 }];
    const failed: Told = ["run.failed", { error: { code: "run_timeout", message: "It took too long." } }];
    const run = named(spansOf(facts, logOf(["run.started"], breach, failed)), "openwop.run");
    assert.equal(run.attributes["openwop.cap_kind"], "run-duration");
    assert.equal(run.attributes["openwop.cap_limit"], 1);
    assert.equal(run.attributes["openwop.cap_observed"], 2);
    assert.equal(run.error, "run_timeout");
  });

  it("hold calls to models and tools with what they cost", () => {
    const usage = {
      nodeId: "a",
      provider: "openai",
      model: "m",
      inputTokens: 3,
      outputTokens: 4,
      costEstimateUsd: 0.5,
    };
    const called = { nodeId: "a", agentId: "agent", toolName: "notes.read", callId: "c1" };
    const log = logOf(
      ["run.started"],
      began("a", 2_000),
      ["provider.usage", usage, 4_000],
      ["agent.toolCalled", called, 5_000],
      ["agent.toolReturned", { ...called, status: "error" }, 6_000],
      ["provider.usage", usage, 7_000],
    );
    const spans = spansOf(facts, log);
    const calls = spans.filter((span) => span.name === "openwop.activity.openai");
    assert.deepEqual(
      calls.map((span) => [span.startMs, span.endMs, span.kind]),
      [
        [2_000, 4_000, "client"],
        [6_000, 7_000, "client"],
      ],
    );
    assert.equal(calls[0]?.attributes["openwop.cost.tokens.total"], 7);
    assert.equal(named(spans, "openwop.activity.notes.read").error, "error");
    const node = named(spans, "openwop.node.core.delay");
    assert.equal(node.attributes["openwop.cost.tokens.input"], 6);
    assert.equal(node.attributes["openwop.cost.usd"], 1);
    assert.equal(node.attributes["openwop.cost.estimated"], true);
  });

  it("of a child name the node that started it, in the same trace", () => {
    const parent = { runId: "run_0", nodeId: "call", attempt: 0, ordinal: 0, depth: 1 };
    const trace = childTrace({ runId: "run_0", trace: { traceId: TRACE_ID } }, "call", 0);
    const child = { ...start, parent, trace } as RunStart;
    const run = named(
      spansOf({ ...facts, start: child, parentWorkflowId: "above" }, logOf(["run.started"])),
      "openwop.run",
    );
    assert.equal(run.traceId, TRACE_ID);
    assert.equal(run.parentSpanId, trace.parentSpanId);
    assert.equal(run.attributes["openwop.parent.run_id"], "run_0");
    assert.equal(run.attributes["openwop.parent.node_id"], "call");
    assert.equal(run.attributes["openwop.parent.workflow_id"], "above");
  });

  it("of a fork are linked to its source, and say from where it goes on", () => {
    const source: RunStart = { ...start, runId: "run_0" };
    const { trace: _own, ...rest } = start;
    const fork = { sourceRunId: "run_0", fromSeq: 3, mode: "branch", throughSeq: 9, by: "operator" } as const;
    const run = named(spansOf({ ...facts, start: { ...rest, fork }, source }, logOf(["run.started"])), "openwop.run");
    assert.equal(run.parentSpanId, undefined);
    assert.deepEqual(run.links, [{ traceId: TRACE_ID, spanId: runSpanId("run_0"), attributes: {} }]);
    assert.equal(run.attributes["openwop.replay.source_run_id"], "run_0");
    assert.equal(run.attributes["openwop.replay.from_seq"], 3);
    assert.equal(run.attributes["openwop.replay.mode"], "branch");
    assert.deepEqual(run.events[0]?.attributes, { runId: "run_1", sourceRunId: "run_0", fromSeq: 3, mode: "branch" });
  });

  it("hold nothing of what a payload says", () => {
    const canary = "CANARY-text";
    const log = logOf(
      ["run.started", { inputs: { canary } }],
      began("a", 2_000),
      ["variable.changed", { name: canary, next: canary }],
      ["node.failed", { nodeId: "a", error: { code: "model_failed", message: canary } }],
      ["run.failed", { error: { code: "model_failed", message: canary } }],
    );
    assert.doesNotMatch(JSON.stringify(spansOf(facts, log)), /CANARY/);
  });

  it("are the same whenever they are made", () => {
    const log = logOf(["run.started"], began("a", 2_000), ["node.completed", { nodeId: "a" }], ["run.completed"]);
    assert.deepEqual(spansOf(facts, log), spansOf(facts, log));
  });
});

describe("cost attributes", () => {
  it("are exactly the seven of the list, with plain values", () => {
    const reported = {
      "openwop.cost.tokens.input": 1,
      "openwop.cost.usd": { amount: 1 },
      "openwop.cost.currency": null,
      "openwop.cost.provider": "p",
      "openwop.cost.estimated": "yes",
      "openwop.cost.evil": "x",
    };
    assert.deepEqual(allowedCost(reported), { "openwop.cost.tokens.input": 1, "openwop.cost.provider": "p" });
  });

  it("survive the way through a usage event", () => {
    const reported = {
      "openwop.cost.tokens.input": 100,
      "openwop.cost.tokens.output": 50,
      "openwop.cost.tokens.total": 150,
      "openwop.cost.usd": 0.00123,
      "openwop.cost.currency": "USD",
      "openwop.cost.estimated": true,
      "openwop.cost.provider": "anthropic",
    };
    assert.deepEqual(costOfUsage(costUsage(reported) as { [name: string]: Json }), reported);
  });

  it("leave the dollars out rather than guess", () => {
    const usage = { provider: "p", model: "m", inputTokens: 1, outputTokens: 2 };
    const cost = costOfUsage(usage);
    assert.ok(!("openwop.cost.usd" in cost) && !("openwop.cost.estimated" in cost));
  });
});

describe("the encodings of a span", () => {
  const span: Span = {
    traceId: TRACE_ID,
    spanId: PARENT,
    parentSpanId: "00f067aa0ba902b7",
    tracestate: "vendor=1",
    name: "openwop.run",
    kind: "client",
    startMs: 1_700_000_000_123,
    endMs: 1_700_000_000_456,
    attributes: { text: "ä", whole: 7, negative: -3, part: 0.5, yes: true, list: ["a", "b"] },
    events: [{ name: "e", atMs: 1_700_000_000_200, attributes: { n: 1 } }],
    links: [{ traceId: TRACE_ID, spanId: "00f067aa0ba902b7", attributes: {} }],
    error: "run_timeout",
  };
  const resource = { serviceName: "parley", serviceVersion: "9.9.9" };

  for (const { name, type, body } of [
    { name: "JSON", type: "application/json", body: Buffer.from(otlpJson(resource, [span])) },
    { name: "protobuf", type: "application/x-protobuf", body: otlpProtobuf(resource, [span]) },
  ]) {
    it(`${name} holds everything`, () => {
      const read = readSpans(type, body);
      assert.deepEqual(read.resource, { "service.name": "parley", "service.version": "9.9.9" });
      assert.deepEqual(read.spans, [
        {
          traceId: TRACE_ID,
          spanId: PARENT,
          parentSpanId: "00f067aa0ba902b7",
          traceState: "vendor=1",
          name: "openwop.run",
          kind: 3,
          startNanos: 1_700_000_000_123_000_000n,
          endNanos: 1_700_000_000_456_000_000n,
          attributes: span.attributes,
          events: [{ name: "e", nanos: 1_700_000_000_200_000_000n, attributes: { n: 1 } }],
          links: [{ traceId: TRACE_ID, spanId: "00f067aa0ba902b7" }],
          status: { code: 2, message: "run_timeout" },
        },
      ]);
    });
  }
});

describe("the sampler", () => {
  const low = { traceId: `${"f".repeat(19)}${"0".repeat(13)}` };
  const high = { traceId: `${"0".repeat(19)}${"f".repeat(13)}` };
  for (const { sampler, ratio, trace, taken } of [
    { sampler: "always_on", ratio: 0, trace: { ...high, sampled: false }, taken: true },
    { sampler: "always_off", ratio: 1, trace: { ...low, sampled: true }, taken: false },
    { sampler: "traceidratio", ratio: 0.1, trace: low, taken: true },
    { sampler: "traceidratio", ratio: 0.1, trace: { ...high, sampled: true }, taken: false },
    { sampler: "traceidratio", ratio: 1, trace: high, taken: true },
    { sampler: "parentbased_traceidratio", ratio: 0, trace: { ...high, sampled: true }, taken: true },
    { sampler: "parentbased_traceidratio", ratio: 1, trace: { ...low, sampled: false }, taken: false },
    { sampler: "parentbased_traceidratio", ratio: 0.1, trace: low, taken: true },
    { sampler: "parentbased_always_on", ratio: 0, trace: high, taken: true },
    { sampler: "parentbased_always_on", ratio: 0, trace: { ...high, sampled: false }, taken: false },
    { sampler: "parentbased_always_off", ratio: 1, trace: low, taken: false },
    { sampler: "parentbased_always_off", ratio: 1, trace: { ...low, sampled: true }, taken: true },
  ] as const) {
    const parent = "sampled" in trace ? `a parent that is${trace.sampled ? "" : " not"} sampled` : "no parent";
    it(`${sampler} at ${ratio} ${taken ? "takes" : "leaves"} a trace with ${parent}`, () =>
      assert.equal(isSampled(sampler, ratio, trace), taken));
  }
});

describe("the settings of the export", () => {
  const config = {
    sampler: "parentbased_traceidratio",
    samplePercent: 10,
    serviceName: "parley",
    logRecords: false,
  } as const;
  const secret = async () => "from the secret";
  const settingsOf = async (env: Record<string, string>, more: object = {}) =>
    exportSettings({ ...config, ...more }, env, secret);

  it("are none without an address", async () => {
    assert.equal((await settingsOf({ OTEL_SERVICE_NAME: "x" })).settings, undefined);
  });

  it("come from the configuration", async () => {
    const otlp = {
      endpoint: "http://collector:4318/",
      protocol: "http/json",
      headers: [{ name: "authorization", value: { env: "KEY" } }],
    } as const;
    assert.deepEqual((await settingsOf({}, { otlp })).settings, {
      url: "http://collector:4318/v1/traces",
      protocol: "http/json",
      sampler: "parentbased_traceidratio",
      ratio: 0.1,
      headers: { authorization: "from the secret" },
      serviceName: "parley",
    });
  });

  it("come from OpenTelemetry's variables, which win", async () => {
    const otlp = { endpoint: "http://other:1", protocol: "http/json", headers: [] } as const;
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=x%20y",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.5",
      OTEL_SERVICE_NAME: "mine",
    };
    assert.deepEqual(await settingsOf(env, { otlp }), {
      settings: {
        url: "http://collector:4318/v1/traces",
        protocol: "http/protobuf",
        sampler: "traceidratio",
        ratio: 0.5,
        headers: { a: "1", b: "x y" },
        serviceName: "mine",
      },
      problems: [],
    });
  });

  it("take the address for traces as it is", async () => {
    const { settings } = await settingsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector/x" });
    assert.equal(settings?.url, "http://collector/x");
  });

  it("are none where OpenTelemetry is switched off", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector", OTEL_SDK_DISABLED: "true" };
    assert.equal((await settingsOf(env)).settings, undefined);
  });

  it("tell what they do not take, never its value", async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector",
      OTEL_TRACES_SAMPLER: "sometimes",
      OTEL_TRACES_SAMPLER_ARG: "2",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    };
    const { settings, problems } = await settingsOf(env);
    assert.deepEqual([settings?.sampler, settings?.ratio, settings?.protocol], [config.sampler, 0.1, "http/protobuf"]);
    const names = problems.map(({ name }) => name).sort();
    assert.deepEqual(names, ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"]);
    assert.doesNotMatch(JSON.stringify(problems), /sometimes/);
  });
});

describe("the exporter", () => {
  const settings = {
    url: "http://collector",
    protocol: "http/json",
    headers: {},
    sampler: "always_on",
    ratio: 1,
    serviceName: "parley",
  } as const;
  const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
  const ended = (runId: string): Committed => ({
    commitNumber: 1,
    appends: [],
    rows: [{ op: "updateRun", runId, patch: { status: "completed", lastSequence: 1, unfinished: false } }],
    positions: {},
    laneNext: [],
  });

  /** A store of runs that each have a log of two events. */
  function storeOf(): { store: Store; end: (runId: string) => void } {
    let listener: (committed: Committed) => void = () => undefined;
    const events = logOf(["run.started"], ["run.completed"]).map((event) => JSON.stringify(event));
    const store = {
      subscribe(heard: typeof listener) {
        listener = heard;
        return () => {
          listener = () => undefined;
        };
      },
      readRun: async (runId: string) => ({
        start: { ...start, runId },
        status: "completed",
        lastSequence: 1,
        unfinished: false,
      }),
      readLog: async (_runId: string, from: number) =>
        from > 1 ? [] : [{ firstSequence: 0, lastSequence: 1, lines: events }],
      readDefinition: async () => undefined,
    } as unknown as Store;
    return { store, end: (runId) => listener(ended(runId)) };
  }

  it("posts the spans of runs that ended, and says how many", async () => {
    const { store, end } = storeOf();
    const bodies: string[] = [];
    const post = async (body: string | Buffer) => {
      bodies.push(String(body));
      return "taken" as const;
    };
    const exporter = startExporter({ store, logger: silent, settings, version: "1", post });
    end("run_a");
    end("run_b");
    await exporter.stop(1_000);
    assert.deepEqual(exporter.counts(), { exported: 6, dropped: 0, waiting: 0 });
    const spans = bodies.flatMap((body) => readSpans("application/json", Buffer.from(body)).spans);
    assert.equal(spans.filter((span) => span.name === "openwop.run").length, 2);
  });

  it("reads nothing while the run that committed still has its turn", () => {
    const { store, end } = storeOf();
    let reads = 0;
    const counted = { ...store, readRun: (runId: string) => store.readRun(runId).finally(() => (reads += 1)) } as Store;
    startExporter({ store: counted, logger: silent, settings, version: "1", post: async () => "taken" });
    end("run_a");
    assert.equal(reads, 0);
  });

  it("keeps at most 2 000 runs while the collector hangs, and counts the others as dropped", async () => {
    const { store, end } = storeOf();
    const post = (_body: string | Buffer, _type: string, signal: AbortSignal) =>
      new Promise<"refused">((resolve) => signal.addEventListener("abort", () => resolve("refused"), { once: true }));
    const exporter = startExporter({ store, logger: silent, settings, version: "1", post });
    for (let at = 0; at < 3_000; at += 1) end(`run_${at}`);
    assert.equal(exporter.counts().waiting, 2_000);
    assert.equal(exporter.counts().dropped, 1_000);
    await exporter.stop(50);
    assert.equal(exporter.counts().waiting, 0);
    assert.equal(exporter.counts().exported, 0);
  });

  it("tries again what the collector may take later, then gives it up", async () => {
    const { store, end } = storeOf();
    let tries = 0;
    const post = async () => {
      tries += 1;
      return tries < 2 ? ("retry" as const) : ("taken" as const);
    };
    const exporter = startExporter({ store, logger: silent, settings, version: "1", post });
    end("run_a");
    while (exporter.counts().exported === 0) await delay(20);
    assert.equal(tries, 2);
    await exporter.stop(1_000);
  });
});
