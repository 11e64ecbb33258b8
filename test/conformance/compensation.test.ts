// Compensation: effects of runs that fail or are cancelled, undone by declared inverses (runs.md §12.3, docs/adr/0019).

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { assertRefused, Client, type LoggedEvent } from "../support/client.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "../support/daemon.ts";
import { type NodeSpec, workflow } from "../support/definitions.ts";
import { addKeys } from "../support/keys.ts";
import { ownFixtures } from "../support/paths.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const TRIGGERS = ["node-failure", "run-cancel", "cap-breach", "operator-request"];
const COMPENSATION_ON = "engine:\n  compensation: true\n";
const fact = (path: string) => `$\{${path}}`;
const path = (runId: string) => `/v1/host/parley/runs/${runId}/compensate`;

const ofUndoing = (log: LoggedEvent[]) => log.filter(({ type }) => type.startsWith("compensation."));
const named = (log: LoggedEvent[]) =>
  ofUndoing(log).map(({ type, payload }) => `${type.slice("compensation.".length)} ${payload.nodeId ?? ""}`.trim());

const step = (id: string, compensation: object): NodeSpec => ({
  id,
  typeId: "core.identity",
  inputs: { done: { type: "static", value: `secret-${id}` } },
  compensation,
});

const identity = {
  nodeTypeId: "core.identity",
  inputMapping: { of: fact("nodes.one.output.done"), who: fact("inputs.who") },
};

interface Given {
  last?: NodeSpec;
  policy?: object;
  inverse?: object;
}

/** Two steps that can be undone, and a third that ends it, or waits. */
function steps(id: string, { last, policy = {}, inverse = identity }: Given = {}) {
  const third = last ?? { id: "boom", typeId: "core.fail" };
  return workflow(`compensation-${id}`, {
    nodes: [step("one", inverse), step("two", inverse), third],
    edges: [
      { from: "one", to: "two" },
      { from: "two", to: third.id },
    ],
    settings: { compensation: { triggers: TRIGGERS, ...policy } },
  });
}

const WAITS: NodeSpec = { id: "wait", typeId: "core.approvalGate" };

describe("a host with the setting engine.compensation", { skip: needsOwnDaemon() }, () => {
  let home: string;
  let daemon: Daemon;
  let client: Client;
  let keys: Record<"cancels" | "foreign", string>;
  let receiver: Server;
  let url: string;
  /** Idempotency keys of the calls, and how many of the next calls shall fail. */
  const calls: string[] = [];
  let failures = 0;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "parley-compensation-"));
    const options: DaemonOptions = { home, fixtures: ownFixtures, seams: true, config: COMPENSATION_ON };
    await (await startDaemon(options)).stop();
    keys = await addKeys(home, {
      cancels: { scopes: ["runs:read", "runs:cancel", "runs:create"] },
      foreign: { scopes: ["admin:manage", "runs:read"], tenantId: "elsewhere" },
    });
    daemon = await startDaemon(options);
    client = new Client(daemon.url, daemon.key);
    receiver = createServer((request, response) => {
      calls.push(String(request.headers["idempotency-key"]));
      failures -= 1;
      response.writeHead(failures >= 0 ? 503 : 200, { "content-type": "application/json" }).end("{}");
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  });
  after(async () => {
    await daemon?.stop();
    receiver?.closeAllConnections();
    receiver?.close();
    if (home) await rm(home, { recursive: true, force: true });
  });

  const posts = (more: object = {}) => ({
    nodeTypeId: "local.parley.testEffect",
    config: { url, class: "keyed" },
    ...more,
  });
  const start = async (document: { id: string }, inputs: object = { who: "customer-4711" }) =>
    client.createRun(await client.register(document), { inputs });
  const cancel = (runId: string) => client.post(`/v1/runs/${runId}/cancel`, { reason: "enough" });
  const untilWritten = async (runId: string, type: string) => {
    const stream = await client.events(runId, "?streamMode=debug");
    await stream.until(({ event }) => event === type);
    stream.close();
  };

  it("says so in discovery, with what policies may ask for", async () => {
    const { compensation } = (await client.anonymous("GET", "/.well-known/openwop")).body;
    assert.deepEqual(compensation, {
      supported: true,
      orderingModels: ["reverse-completion", "dependency-graph"],
      triggers: TRIGGERS,
      exhaustedDispositions: ["record-outcome", "manual-intervention"],
      approvalScopes: ["declared", "all"],
      onParentCancel: ["continue", "pause", "manual"],
    });
  });

  const unsound: { name: string; change: (document: ReturnType<typeof steps>) => unknown }[] = [
    { name: "a policy without triggers", change: (one) => Object.assign(one.settings, { compensation: {} }) },
    {
      name: "an unknown ordering",
      change: (one) => Object.assign(one.settings, { compensation: { triggers: TRIGGERS, orderingModel: "any" } }),
    },
    {
      name: "an unknown inverse",
      change: (one) => Object.assign(one.nodes[0] as object, { compensation: { nodeTypeId: "core.nowhere" } }),
    },
    {
      name: "an inverse of an irreversible effect",
      change: (one) => Object.assign(one.nodes[0] as object, { irreversibleEffect: true }),
    },
    {
      name: "an input that is no recorded fact",
      change: (one) =>
        Object.assign(one.nodes[0] as object, {
          compensation: { nodeTypeId: "core.noop", inputMapping: { x: fact("variables.x") } },
        }),
    },
    { name: "inverses without a policy", change: (one) => Object.assign(one, { settings: {} }) },
  ];
  for (const [at, { name, change }] of unsound.entries()) {
    it(`refuses ${name}`, async () => {
      const document = steps(`unsound-${at}`);
      change(document);
      assertRefused(await client.post("/v1/workflows", document), 400, "validation_error");
    });
  }

  it("undoes a failed run in the reverse order, then lets it fail", async () => {
    const runId = await start(steps("fails"));
    assert.equal(await client.ended(runId), "failed");
    const log = await client.log(runId);
    assert.deepEqual(named(log), ["requested", "started two", "completed two", "started one", "completed one"]);
    assert.equal(log.at(-1)?.type, "run.failed");
    const ordinals = ofUndoing(log)
      .filter(({ type }) => type.endsWith("started"))
      .map(({ payload }) => payload.ordinal);
    assert.deepEqual(ordinals, [1, 0]);
    assert.equal((await client.snapshot(runId)).compensationStatus, "completed");
    const undone = log.find(({ type, nodeId }) => type === "node.completed" && nodeId === "compensate:two");
    assert.deepEqual(undone?.payload.outputs, { of: "secret-one", who: "customer-4711" });
    assert.doesNotMatch(JSON.stringify(ofUndoing(log)), /secret|4711/);
  });

  it("reaches the world with one key per obligation, however often it has to try", async () => {
    calls.length = 0;
    failures = 2;
    const retry = { maxAttempts: 4, backoffMs: 1 };
    const runId = await start(steps("retries", { inverse: posts({ retry }) }));
    assert.equal(await client.ended(runId), "failed");
    assert.equal(calls.length, 4);
    assert.equal(new Set(calls).size, 2);
    assert.equal(new Set(calls.slice(0, 3)).size, 1, "the first one is tried again before the next begins");
    assert.equal((await client.snapshot(runId)).compensationStatus, "completed");
  });

  it("counts what could not be undone", async () => {
    failures = 1;
    const runId = await start(steps("partial", { inverse: posts() }));
    await client.ended(runId);
    assert.deepEqual(named(await client.log(runId)).slice(1), [
      "started two",
      "failed two",
      "started one",
      "completed one",
    ]);
    assert.equal((await client.snapshot(runId)).compensationStatus, "partial");
  });

  it("leaves the rest to people where the policy wants that", async () => {
    failures = 1;
    const policy = { exhaustedDisposition: "manual-intervention" };
    const runId = await start(steps("manual", { inverse: posts(), policy }));
    assert.equal(await client.ended(runId), "failed");
    const log = await client.log(runId);
    assert.deepEqual(named(log).slice(1), ["started two", "failed two", "manual_intervention_required"]);
    assert.equal((await client.snapshot(runId)).compensationStatus, "manual");
  });

  it("is cancelling until a cancelled run is undone", async () => {
    const inverse = { nodeTypeId: "core.delay", config: { delayMs: 200 } };
    const runId = await start(steps("cancel", { last: WAITS, inverse }));
    assert.equal(await client.settled(runId), "waiting-approval");
    const first = await cancel(runId);
    assert.deepEqual([first.status, first.body.status], [200, "cancelling"]);
    const again = await cancel(runId);
    assert.deepEqual([again.status, again.body.status], [200, "cancelling"]);
    assert.equal(await client.ended(runId), "cancelled");
    const log = await client.log(runId);
    assert.equal(log.at(-1)?.type, "run.cancelled");
    assert.equal(ofUndoing(log).filter(({ type }) => type === "compensation.requested").length, 1);
    assert.equal((await client.snapshot(runId)).compensationStatus, "completed");
  });

  it("does nothing where the policy does not name what happened", async () => {
    const runId = await start(steps("other", { last: WAITS, policy: { triggers: ["node-failure"] } }));
    await client.settled(runId);
    assert.equal((await cancel(runId)).body.status, "cancelled");
    assert.deepEqual(ofUndoing(await client.log(runId)), []);
    assert.equal((await client.snapshot(runId)).compensationStatus, "none");
  });

  it("undoes a run that passed a bound", async () => {
    const document = steps("bound", { policy: { triggers: ["cap-breach"] } });
    await client.register(document);
    const runId = await client.createRun(document.id, {
      inputs: { who: "x" },
      body: { configurable: { recursionLimit: 2 } },
    });
    assert.equal(await client.ended(runId), "failed");
    const log = await client.log(runId);
    assert.equal(ofUndoing(log)[0]?.payload.trigger, "cap-breach");
    assert.equal((await client.snapshot(runId)).compensationStatus, "completed");
  });

  it("asks before it undoes, where it shall", async () => {
    const runId = await start(steps("asks", { policy: { approvalScope: "all" } }));
    assert.equal(await client.settled(runId), "waiting-approval");
    const snapshot = await client.snapshot(runId);
    assert.equal(snapshot.compensationStatus, "pending");
    assert.equal(snapshot.interrupt.data.artifactType, "compensation");
    const node = (name: string) => encodeURIComponent(`compensate:${name}:approval`);
    assert.equal((await client.answer(runId, node("two"), { action: "accept" })).status, 200);
    assert.equal(await client.settled(runId), "waiting-approval");
    assert.equal((await client.answer(runId, node("one"), { action: "reject" })).status, 200);
    assert.equal(await client.ended(runId), "failed");
    assert.deepEqual(named(await client.log(runId)).slice(1), ["started two", "completed two", "failed one"]);
    assert.equal((await client.snapshot(runId)).compensationStatus, "partial");
  });

  it("gives up waiting when the policy's time is over", async () => {
    const runId = await start(steps("late", { policy: { approvalScope: "all", timeoutMs: 50 } }));
    assert.equal(await client.ended(runId), "failed");
    const codes = ofUndoing(await client.log(runId))
      .slice(1)
      .map(({ payload }) => payload.code);
    assert.deepEqual(codes, ["compensation_timeout", "compensation_timeout"]);
  });

  it("tells what cannot be undone", async () => {
    const document = workflow("compensation-irreversible", {
      nodes: [
        step("one", identity),
        { id: "mail", typeId: "core.noop", irreversibleEffect: true },
        { id: "boom", typeId: "core.fail" },
      ],
      edges: [
        { from: "one", to: "mail" },
        { from: "mail", to: "boom" },
      ],
      settings: { compensation: { triggers: TRIGGERS } },
    });
    const runId = await start(document);
    await client.ended(runId);
    assert.deepEqual(ofUndoing(await client.log(runId))[0]?.payload.irreversibleNodeIds, ["mail"]);
    assert.equal((await client.snapshot(runId)).compensationStatus, "partial");
  });

  it("replays what was undone, and calls nobody", async () => {
    const sourceId = await start(steps("replayed", { inverse: posts() }));
    await client.ended(sourceId);
    const source = await client.log(sourceId);
    calls.length = 0;
    for (const fromSeq of [0, source.findIndex(({ type }) => type === "compensation.started") + 1]) {
      const forked = await client.post(`/v1/runs/${sourceId}:fork`, { mode: "replay", fromSeq });
      assert.equal(forked.status, 201, forked.text);
      const { runId } = forked.body;
      assert.equal(await client.ended(runId), "failed");
      const log = await client.log(runId);
      assert.deepEqual(
        log.map(({ type }) => type),
        source.map(({ type }) => type),
      );
      assert.equal((await client.snapshot(runId)).compensationStatus, "completed");
    }
    assert.equal(calls.length, 0);
  });

  it("does not undo in a branch what its source did", async () => {
    const sourceId = await start(steps("branched", { inverse: posts() }));
    await client.ended(sourceId);
    const fromSeq = (await client.log(sourceId)).findIndex(({ type }) => type === "compensation.started");
    calls.length = 0;
    const { runId } = (await client.post(`/v1/runs/${sourceId}:fork`, { mode: "branch", fromSeq })).body;
    assert.equal(await client.ended(runId), "failed");
    assert.equal(calls.length, 0);
    assert.equal((await client.snapshot(runId)).compensationStatus, "none");
  });

  it("lets a child whose parent is cancelled stand still until an operator says go on", async () => {
    const child = steps("child", { last: WAITS, policy: { onParentCancel: "pause" } });
    await client.register(child);
    const parent = workflow("compensation-parent", {
      nodes: [
        { id: "sub", typeId: "core.subWorkflow", config: { workflowId: child.id, inputMapping: { who: "who" } } },
      ],
    });
    const parentId = await start(parent);
    assert.equal(await client.settled(parentId), "waiting-approval");
    const [{ runId }] = (await client.snapshot(parentId)).childRuns;
    assert.equal((await cancel(parentId)).body.status, "cancelled");
    await untilWritten(runId, "compensation.paused");
    const held = await client.snapshot(runId);
    assert.deepEqual([held.status, held.compensationStatus], ["cancelling", "pending"]);
    assert.deepEqual(named(await client.log(runId)), ["requested", "paused"]);
    assertRefused(await client.post(path(runId)), 409, "conflict");
    const resumed = await client.post(path(runId), { action: "resume" });
    assert.equal(resumed.status, 202, resumed.text);
    assert.equal(await client.ended(runId), "cancelled");
    assert.equal((await client.snapshot(runId)).compensationStatus, "completed");
    assert.ok((await client.log(runId)).some(({ type }) => type === "parley.compensation.resumed"));
  });

  describe("with test seams", () => {
    const seam = (name: string, body: object) => client.post(`/v1/host/sample/test/compensation/${name}`, body);
    for (const { nodes, order } of [
      { nodes: undefined, order: [1, 0] },
      { nodes: 1, order: [0] },
      { nodes: 8, order: [7, 6, 5, 4, 3, 2, 1, 0] },
    ]) {
      it(`unwinds ${nodes ?? "two"} steps`, async () => {
        const { status, body, text } = await seam("unwind", nodes === undefined ? {} : { nodes });
        assert.equal(status, 200, text);
        assert.deepEqual(body.compensatedOrder, order);
        const types = body.events.map(({ type }: LoggedEvent) => type);
        assert.ok(types.indexOf("compensation.requested") < types.indexOf("compensation.started"));
        assert.equal((await client.snapshot(body.runId)).compensationStatus, "completed");
      });
    }

    it("tries an inverse again under the key it had", async () => {
      const { body } = await seam("unwind", { failFirstInverseAttempts: 2 });
      assert.equal(body.attempts, 3);
      assert.equal(body.downstreamKeys.length, 3);
      assert.equal(new Set(body.downstreamKeys).size, 1);
      assert.equal((await client.snapshot(body.runId)).compensationStatus, "completed");
    });

    it("replays without firing anything again", async () => {
      const { body } = await seam("replay", {});
      assert.equal(body.refiredEffects, 0);
      assert.deepEqual(body.replayed, body.source);
      assert.ok(body.source.includes("compensation.completed"));
      assert.equal((await client.snapshot(body.runId)).compensationStatus, "completed");
    });

    it("refuses what it does not understand, and who is no operator", async () => {
      assertRefused(await seam("unwind", { nodes: 9 }), 400, "validation_error");
      const asGuest = client.as(keys.cancels);
      assertRefused(await asGuest.post("/v1/host/sample/test/compensation/unwind"), 403, "forbidden");
      assertRefused(await asGuest.post("/v1/host/sample/test/compensation/replay"), 403, "forbidden");
    });
  });

  describe("at an operator's request", () => {
    const waiting = async (id: string, given: Given = {}) => {
      const runId = await start(steps(id, { last: WAITS, ...given }));
      assert.equal(await client.settled(runId), "waiting-approval");
      return runId;
    };

    it("gives a run up and undoes it", async () => {
      const runId = await waiting("operator");
      const asked = await client.post(path(runId), { reason: "wrong order" });
      assert.equal(asked.status, 202, asked.text);
      assert.deepEqual(asked.body, { runId, status: "cancelling", compensationStatus: "pending" });
      assert.equal(await client.ended(runId), "cancelled");
      const log = await client.log(runId);
      assert.equal(ofUndoing(log)[0]?.payload.trigger, "operator-request");
      assert.equal(log.at(-1)?.payload.reason, "wrong order");
    });

    it("answers a repeated request with the same receipt", async () => {
      const runId = await waiting("receipt");
      const headers = { "idempotency-key": "undo-it-once" };
      const first = await client.post(path(runId), {}, headers);
      const again = await client.post(path(runId), {}, headers);
      assert.deepEqual([again.status, again.text], [first.status, first.text]);
    });

    it("refuses everybody else, and whatever cannot be", async () => {
      const runId = await waiting("refusals");
      assertRefused(await client.as(keys.cancels).post(path(runId)), 403, "forbidden");
      assertRefused(await client.as(keys.foreign).post(path(runId)), 404, "not_found");
      assertRefused(await client.post(path("run_nowhere")), 404, "not_found");
      assertRefused(await client.anonymous("POST", path(runId), { body: {} }), 401, "unauthenticated");
      assertRefused(await client.post(path(runId), { action: "dance" }), 400, "validation_error");
      assertRefused(await client.post(path(runId), { action: "resume" }), 409, "conflict");
      const silent = await waiting("silent", { policy: { triggers: ["run-cancel"] } });
      const details = assertRefused(await client.post(path(silent)), 409, "conflict");
      assert.deepEqual(details, { runStatus: "waiting-approval", compensationStatus: "none" });
      const ended = await client.createRun("conformance-noop");
      await client.ended(ended);
      assertRefused(await client.post(path(ended)), 409, "run_terminal");
    });
  });
});

describe("a host without the setting", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();

  it("claims nothing, refuses policies, and shows no status", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    assert.equal(body.compensation, undefined);
    const details = assertRefused(await host.client.post("/v1/workflows", steps("off")), 400, "capability_required");
    assert.equal(details.requiredCapability, "compensation");
    const runId = await host.client.createRun("conformance-failure");
    await host.client.ended(runId);
    assert.ok(!("compensationStatus" in (await host.client.snapshot(runId))));
    assertRefused(await host.client.post(path(runId)), 501, "capability_not_provided");
  });
});
