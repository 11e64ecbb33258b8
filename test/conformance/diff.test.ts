// Comparing two runs (runs.md §14.5).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { conforms } from "../support/schemas.ts";
import { useDaemon } from "../support/suite.ts";

const asks = workflow("conformance-diff-asks", {
  nodes: [
    { id: "ask", typeId: "core.clarificationGate", config: { questions: [{ id: "q", question: "Which?" }] } },
    { id: "keep", typeId: "core.setVariable", config: { name: "answer" }, inputs: fromAsk() },
  ],
  edges: [{ from: "ask", to: "keep" }],
});

function fromAsk() {
  return { value: { type: "connection", nodeId: "ask", outputKey: "output" } };
}

describe("GET /v1/runs/{runId}:diff", () => {
  const host = useDaemon();
  let a: string;

  const diff = async (left: string, right: string) => {
    const response = await host.client.get(`/v1/runs/${left}:diff?against=${right}`);
    assert.equal(response.status, 200, response.text);
    conforms("run-diff-response", response.body);
    return response.body;
  };
  const answered = async (text: string): Promise<string> => {
    const runId = await host.client.createRun(asks.id);
    await host.client.settled(runId);
    assert.equal((await host.client.answer(runId, "ask", { answers: { q: text } })).status, 200);
    await host.client.ended(runId);
    return runId;
  };
  const forked = async (runId: string, body: object): Promise<string> =>
    (await host.client.post(`/v1/runs/${runId}:fork`, body)).body.runId;

  before(async () => {
    await host.client.register(asks);
    a = await answered("red");
  });

  it("of a run with itself is empty", async () => {
    assert.deepEqual(await diff(a, a), { a, b: a, divergedAtSeq: null, eventDiffs: [], stateDiff: {} });
  });

  it("of two runs that did the same is empty", async () => {
    const [left, right] = [
      await host.client.createRun("conformance-noop"),
      await host.client.createRun("conformance-noop"),
    ];
    await Promise.all([host.client.ended(left), host.client.ended(right)]);
    const { divergedAtSeq, eventDiffs, stateDiff } = await diff(left, right);
    assert.deepEqual({ divergedAtSeq, eventDiffs, stateDiff }, { divergedAtSeq: null, eventDiffs: [], stateDiff: {} });
  });

  it("of a run with its replay is empty", async () => {
    const b = await forked(a, { mode: "replay" });
    await host.client.ended(b);
    const { divergedAtSeq, eventDiffs, stateDiff } = await diff(a, b);
    assert.deepEqual({ divergedAtSeq, eventDiffs, stateDiff }, { divergedAtSeq: null, eventDiffs: [], stateDiff: {} });
  });

  it("names what changed, and where first", async () => {
    const log = await host.client.log(a);
    const at = log.find(({ type }) => type === "clarification.resolved")?.sequence ?? -1;
    const b = await forked(a, { mode: "branch", fromSeq: at });
    await host.client.settled(b);
    await host.client.answer(b, "ask", { answers: { q: "blue" } });
    await host.client.ended(b);
    const { divergedAtSeq, eventDiffs, stateDiff, truncated } = await diff(a, b);
    assert.equal(divergedAtSeq, at);
    assert.equal(eventDiffs[0].seq, at);
    assert.equal(eventDiffs[0].op, "changed");
    assert.equal(eventDiffs[0].aEvent.runId, a);
    assert.equal(eventDiffs[0].bEvent.runId, b);
    assert.ok(
      eventDiffs.some(({ op }: { op: string }) => op === "added"),
      "the branch asked once more",
    );
    assert.deepEqual(stateDiff, { variables: { answer: { a: { q: "red" }, b: { q: "blue" } } } });
    assert.equal(truncated, undefined);
    const mirrored = await diff(b, a);
    assert.ok(mirrored.eventDiffs.some(({ op }: { op: string }) => op === "removed"));
  });

  it("is the same each time", async () => {
    const b = await answered("green");
    assert.deepEqual(await diff(a, b), await diff(a, b));
  });

  it("of a run that goes on compares what there is, and says so", async () => {
    const open = await host.client.createRun(asks.id);
    await host.client.settled(open);
    const log = await host.client.log(open);
    const body = await diff(a, open);
    assert.equal(body.truncated, true);
    assert.ok(
      body.eventDiffs.every(({ seq, op }: { seq: number; op: string }) => seq < log.length && op === "changed"),
    );
    assert.deepEqual(body.stateDiff.status, { a: "completed", b: "waiting-input" });
  });

  it("refuses to compare with nothing: 400", async () => {
    assertRefused(await host.client.get(`/v1/runs/${a}:diff`), 400, "validation_error");
    assertRefused(await host.client.get(`/v1/runs/${a}:diff?against=`), 400, "validation_error");
  });

  for (const [left, right] of [
    ["run_nobody", ""],
    ["", "run_nobody"],
  ] as const) {
    it(`refuses an unknown run on the ${left ? "left" : "right"}: 404`, async () => {
      assertRefused(await host.client.get(`/v1/runs/${left || a}:diff?against=${right || a}`), 404, "not_found");
    });
  }
});
