// Forking runs: the route, its refusals, and branches (runs.md §14.1, §14.2).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { assertRefused, type LoggedEvent } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { useDaemon } from "../support/suite.ts";

const steps = workflow("conformance-fork-steps", {
  nodes: [
    { id: "set", typeId: "core.setVariable", config: { name: "color", value: "red" } },
    { id: "gate", typeId: "core.approvalGate", config: { title: "Go on?", actions: ["accept", "reject"] } },
    { id: "wait", typeId: "core.delay", config: { delayMs: 40 } },
    { id: "copy", typeId: "core.getVariable", config: { name: "color" } },
  ],
  edges: [
    { from: "set", to: "gate" },
    { from: "gate", to: "wait" },
    { from: "wait", to: "copy" },
  ],
  variables: [{ name: "color", type: "string", defaultValue: "none" }],
});

/** A log as it reads in any run that did the same. */
const said = (log: LoggedEvent[]) =>
  log.map(({ type, nodeId, sequence, payload }) => ({ sequence, type, nodeId, payload }));

describe("POST /v1/runs/{runId}:fork", () => {
  const host = useDaemon();
  let sourceId: string;
  let source: LoggedEvent[];

  const fork = (runId: string, body: unknown, headers?: Record<string, string>) =>
    host.client.post(`/v1/runs/${runId}:fork`, body, headers);

  const forked = async (body: object): Promise<string> => {
    const response = await fork(sourceId, body);
    assert.equal(response.status, 201, response.text);
    return response.body.runId;
  };

  /** Answers the gate when it asks; the status at the end. */
  const finish = async (runId: string): Promise<string> => {
    const status = await host.client.settled(runId);
    if (!status.startsWith("waiting-")) return status;
    assert.equal((await host.client.answer(runId, "gate", { action: "accept" })).status, 200);
    return host.client.ended(runId);
  };

  before(async () => {
    await host.client.register(steps);
    sourceId = await host.client.createRun(steps.id, { body: { tags: ["a"], metadata: { ticket: 7 } } });
    assert.equal(await finish(sourceId), "completed");
    source = await host.client.log(sourceId);
  });

  it("answers 201 with what was made", async () => {
    const { status, body } = await fork(sourceId, { mode: "branch", fromSeq: 3 });
    assert.equal(status, 201);
    assert.deepEqual(
      { ...body, runId: typeof body.runId, status: typeof body.status },
      {
        runId: "string",
        sourceRunId: sourceId,
        fromSeq: 3,
        mode: "branch",
        status: "string",
        eventsUrl: `/v1/runs/${body.runId}/events`,
        statusUrl: `/v1/runs/${body.runId}`,
      },
    );
    assert.notEqual(body.runId, sourceId);
  });

  for (const [title, body] of [
    ["no mode", { fromSeq: 0 }],
    ["another mode", { mode: "rewind", fromSeq: 0 }],
    ["a branch without fromSeq", { mode: "branch" }],
    ["a negative fromSeq", { mode: "branch", fromSeq: -1 }],
    ["a broken fromSeq", { mode: "branch", fromSeq: 1.5 }],
    ["a fromSeq in words", { mode: "branch", fromSeq: "1" }],
    ["a replay with an overlay", { mode: "replay", runOptionsOverlay: { tags: ["x"] } }],
    ["an unknown member", { mode: "replay", atSeq: 1 }],
    ["an unknown member of the overlay", { mode: "branch", fromSeq: 1, runOptionsOverlay: { inputs: {} } }],
    ["an unknown configurable", { mode: "branch", fromSeq: 1, runOptionsOverlay: { configurable: { nope: 1 } } }],
    ["a variable of another type", { mode: "branch", fromSeq: 1, runOptionsOverlay: { variables: { color: 1 } } }],
    ["a tag that is no text", { mode: "branch", fromSeq: 1, runOptionsOverlay: { tags: [1] } }],
    ["metadata that is too deep", { mode: "branch", fromSeq: 1, runOptionsOverlay: { metadata: deep(6) } }],
  ] as const) {
    it(`refuses ${title}: 400 validation_error`, async () => {
      assertRefused(await fork(sourceId, body), 400, "validation_error");
    });
  }

  it("takes a replay with an empty overlay", async () => {
    assert.equal((await fork(sourceId, { mode: "replay", runOptionsOverlay: {} })).status, 201);
  });

  it("refuses a run that nobody knows: 404", async () => {
    assertRefused(await fork("run_nobody", { mode: "replay" }), 404, "not_found");
  });

  for (const mode of ["replay", "branch"] as const) {
    it(`refuses a fork past the end (${mode}): 422 invalid_from_seq`, async () => {
      for (const fromSeq of [source.length, 999_999]) {
        const details = assertRefused(await fork(sourceId, { mode, fromSeq }), 422, "invalid_from_seq");
        assert.deepEqual(details, { sourceRunId: sourceId, fromSeq, lastSequence: source.length - 1 });
      }
    });
  }

  it("repeats its answer for the same Idempotency-Key, and makes one fork", async () => {
    const headers = { "idempotency-key": "fork-once" };
    const body = { mode: "branch", fromSeq: 2 };
    const answers = await Promise.all([1, 2, 3].map(() => fork(sourceId, body, headers)));
    const made = answers.filter(({ status }) => status === 201);
    assert.ok(made.length >= 1);
    assert.equal(new Set(made.map((answer) => answer.body.runId)).size, 1);
    for (const answer of answers) if (answer.status !== 201) assert.equal(answer.status, 409);
    assertRefused(await fork(sourceId, { ...body, fromSeq: 3 }, headers), 409, "idempotency_key_mismatch");
  });

  it("keeps the source as it is", async () => {
    await finish(await forked({ mode: "branch", fromSeq: 4 }));
    await host.client.ended(await forked({ mode: "replay" }));
    assert.deepEqual(await host.client.log(sourceId), source);
  });

  it("says in the snapshot where the run comes from, and keeps its owner", async () => {
    const runId = await forked({ mode: "branch", fromSeq: 5 });
    await finish(runId);
    const [snapshot, original] = [await host.client.snapshot(runId), await host.client.snapshot(sourceId)];
    assert.equal(snapshot.sourceRunId, sourceId);
    assert.equal(snapshot.forkMode, "branch");
    assert.equal(snapshot.fromSeq, 5);
    assert.deepEqual(snapshot.owner, original.owner);
    assert.deepEqual([snapshot.tags, snapshot.metadata], [["a"], { ticket: 7 }]);
  });

  it("branches from every event: the history stands as it was, the rest is lived anew", async () => {
    for (let fromSeq = 0; fromSeq < source.length; fromSeq += 1) {
      const runId = await forked({ mode: "branch", fromSeq });
      assert.equal(await finish(runId), "completed", `from ${fromSeq}`);
      const log = await host.client.log(runId);
      assert.deepEqual(said(log.slice(0, fromSeq)), said(source.slice(0, fromSeq)), `from ${fromSeq}`);
      assert.ok(log.every((event) => event.runId === runId));
      const eventIds = new Set([...log, ...source].map(({ eventId }) => eventId));
      assert.equal(eventIds.size, log.length + source.length, "no id stands twice");
      assert.equal(log.filter(({ type }) => type === "run.started").length, 1);
      assert.deepEqual((await host.client.snapshot(runId)).variables, { color: "red" });
    }
  });

  it("asks anew what was asked at the fork point; an answer there leaves the source alone", async () => {
    const openId = await host.client.createRun(steps.id);
    assert.equal(await host.client.settled(openId), "waiting-approval");
    const open = await host.client.log(openId);
    const branch = await fork(openId, { mode: "branch", fromSeq: open.length });
    assert.equal(branch.status, 201, branch.text);
    assert.equal(await finish(branch.body.runId), "completed");
    assert.equal((await host.client.snapshot(openId)).status, "waiting-approval");
    const question = await host.client.get(`/v1/host/parley/runs/${openId}/interrupts`);
    assert.equal(question.body.interrupts.length, 1);
    assert.equal(await finish(openId), "completed");
  });

  it("a replay of an open run leaves its question open", async () => {
    const openId = await host.client.createRun(steps.id);
    await host.client.settled(openId);
    const { body } = await fork(openId, { mode: "replay" });
    assert.equal(await host.client.ended(body.runId), "failed");
    assert.equal((await host.client.snapshot(body.runId)).error.code, "replay_source_missing");
    assert.equal(await finish(openId), "completed");
  });

  it("takes the overlay: options and values of the branch's own", async () => {
    const at = source.find(({ type, nodeId }) => type === "node.started" && nodeId === "copy")?.sequence;
    const runOptionsOverlay = {
      configurable: { recursionLimit: 50 },
      tags: ["b"],
      metadata: { why: "another color" },
      variables: { color: "blue" },
    };
    const runId = await forked({ mode: "branch", fromSeq: at, runOptionsOverlay });
    assert.equal(await finish(runId), "completed");
    const snapshot = await host.client.snapshot(runId);
    assert.deepEqual(snapshot.configurable, { recursionLimit: 50 });
    assert.deepEqual([snapshot.tags, snapshot.metadata], [["b"], { why: "another color" }]);
    assert.deepEqual(snapshot.variables, { color: "blue" });
    const end = (await host.client.log(runId)).findLast(({ type }) => type === "run.completed");
    assert.equal(end?.payload.outputs.value, "blue");
  });

  it("can be cancelled and forked again", async () => {
    const first = await forked({ mode: "branch", fromSeq: 4 });
    assert.equal(await host.client.settled(first), "waiting-approval");
    await host.client.post(`/v1/runs/${first}/cancel`);
    assert.equal(await host.client.ended(first), "cancelled");
    const second = await fork(first, { mode: "branch", fromSeq: 4 });
    assert.equal(await finish(second.body.runId), "completed");
  });

  it("shows a state as of each sequence, the same in the fork up to its fork point", async () => {
    const runId = await forked({ mode: "branch", fromSeq: source.length - 2 });
    await finish(runId);
    for (let at = 0; at < source.length - 2; at += 1) {
      const [own, original] = await Promise.all(
        [runId, sourceId].map(
          async (id) => (await host.client.get(`/v1/host/parley/runs/${id}/state?atSequence=${at}`)).body,
        ),
      );
      assert.equal(own.atSeq, at);
      for (const member of ["status", "variables", "channels", "nodeStates"]) {
        assert.deepEqual(own[member], original[member], `${member} at ${at}`);
      }
    }
  });
});

describe("GET /v1/host/parley/runs/{runId}/state", () => {
  const host = useDaemon();

  it("is the snapshot as it was", async () => {
    const runId = await host.client.createRun("conformance-multi-node");
    await host.client.ended(runId);
    const path = `/v1/host/parley/runs/${runId}/state`;
    const first = (await host.client.get(`${path}?atSequence=0`)).body;
    assert.equal(first.status, "running");
    assert.deepEqual(first.nodeStates, {});
    const { atSeq, ...last } = (await host.client.get(path)).body;
    const log = await host.client.log(runId);
    assert.equal(atSeq, log.length - 1);
    assert.deepEqual(last, await host.client.snapshot(runId));
  });

  for (const atSequence of ["-1", "99999", "x", "1.5"]) {
    it(`refuses atSequence=${atSequence}: 400`, async () => {
      const runId = await host.client.createRun("conformance-noop");
      await host.client.ended(runId);
      const path = `/v1/host/parley/runs/${runId}/state?atSequence=${atSequence}`;
      assertRefused(await host.client.get(path), 400, "validation_error");
    });
  }

  it("refuses a run that nobody knows: 404", async () => {
    assertRefused(await host.client.get("/v1/host/parley/runs/run_nobody/state"), 404, "not_found");
  });
});

function deep(levels: number): object {
  return levels === 0 ? {} : { in: deep(levels - 1) };
}
