// The supervisor of any document, with a model; and the loops of a graph.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRun } from "#app/create-run.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import { loopEdgesOf } from "#engine/loop.ts";
import type { ModelProvider, ModelRequest } from "#ports/model.ts";
import type { Json } from "#protocol/json.ts";
import { parseBatches } from "#runtime/history.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { eventually, openHost } from "#test/support/host.ts";
import { edge, node, workflow } from "./support.ts";

const loop = [edge("lead", "hands"), edge("hands", "lead")];

function document(config: object) {
  const nodes = [
    node("lead", "core.orchestrator.supervisor", { config: config as never }),
    node("hands", "core.dispatch", { config: { outputMapping: { got: "gift" } } }),
  ];
  return workflow(nodes, loop, { id: "led-by-a-model" });
}

const worker = workflow([node("n")], [], {
  id: "a-worker",
  variables: [{ name: "gift", type: "string", defaultValue: "a book", required: false, sensitive: false }],
});

function plays(...answers: object[]): ModelProvider & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    provider: "played",
    requests,
    async generate(request) {
      requests.push(structuredClone(request));
      const text = JSON.stringify(answers[requests.length - 1]);
      const usage = { inputTokens: 10, outputTokens: 5 };
      return { outcome: "answered", text, toolCalls: [], usage, finishReason: "stop", model: "played-1" };
    },
  };
}

async function play(config: object, provider: ModelProvider) {
  const store = openMemoryStore({ random: () => 0, maxTurns: 0 });
  const host = await openHost(store, { provider });
  try {
    for (const one of [worker, document(config)]) {
      await seedWorkflow(host.app, "default", one as unknown as Json, "api");
    }
    const answer = await createRun(host.app, host.call, { workflowId: "led-by-a-model", inputs: { goal: "presents" } });
    const { runId } = JSON.parse(answer.body) as { runId: string };
    const isOver = async () => {
      const status = (await store.readRun(runId))?.status ?? "pending";
      return status.startsWith("waiting-") || status === "completed" || status === "failed";
    };
    await eventually(isOver, "the end of the run");
    const log = parseBatches(await store.readLog(runId, 0));
    return { log, row: await store.readRun(runId) };
  } finally {
    await host.stop();
  }
}

describe("a supervisor with a model", () => {
  const workers = [{ workflowId: "a-worker", description: "Brings something." }];

  it("is asked with its prompt and what came before, and decides until the end", async () => {
    const provider = plays(
      { decision: { kind: "next-worker", nextWorkerIds: ["a-worker"], confidence: 0.9 } },
      { decision: { kind: "terminate", reason: "goal-reached" } },
    );
    const { log, row } = await play({ prompt: "Find a present.", workers }, provider);
    assert.equal(row?.status, "completed");
    const [first, second] = provider.requests;
    const [system, user] = first?.messages ?? [];
    assert.match(String(system && "text" in system && system.text), /^Find a present\./);
    assert.match(String(user && "text" in user && user.text), /presents/);
    assert.match(JSON.stringify(first?.answerSchema), /a-worker/);
    assert.match(JSON.stringify(second?.messages), /Result of a-worker/);
    const kinds = log
      .filter(({ type }) => type === "runOrchestrator.decided")
      .map(({ payload }) => (payload.decision as { kind: string }).kind);
    assert.deepEqual(kinds, ["next-worker", "terminate"]);
    const changed = log.find(({ type }) => type === "variable.changed");
    assert.deepEqual([changed?.payload.name, changed?.payload.next], ["got", "a book"]);
  });

  it("is told when its answer is no decision, and may answer again", async () => {
    const provider = plays(
      { decision: { kind: "next-worker", nextWorkerIds: ["nobody"] } },
      { decision: { kind: "terminate" } },
    );
    const { row } = await play({ workers }, provider);
    assert.equal(row?.status, "completed");
    assert.match(JSON.stringify(provider.requests[1]?.messages), /There is no worker nobody/);
  });

  for (const { confidence, status } of [
    { confidence: 0.69, status: "waiting-approval" },
    { confidence: 0.49, status: "waiting-input" },
  ]) {
    it(`that is ${confidence} sure is ${status}`, async () => {
      const decision = { kind: "next-worker", nextWorkerIds: ["a-worker"], confidence };
      const { log, row } = await play({ workers }, plays({ decision }));
      assert.equal(row?.status, status);
      assert.ok(!log.some(({ type }) => type === "runOrchestrator.decided"));
    });
  }
});

describe("the edges back of a document", () => {
  const lead = node("lead", "core.orchestrator.supervisor");
  const hands = node("hands", "core.dispatch");
  const other = node("other");
  for (const { name, edges, back } of [
    { name: "a dispatch and its supervisor", edges: loop, back: ["hands-lead"] },
    {
      name: "a step behind the dispatch",
      edges: [edge("lead", "hands"), edge("hands", "other"), edge("other", "lead")],
      back: ["other-lead"],
    },
    {
      name: "a way around the dispatch",
      edges: [...loop, edge("lead", "other"), edge("other", "lead")],
      back: ["hands-lead", "other-lead"],
    },
    { name: "a dispatch before its supervisor, once", edges: [edge("hands", "lead")], back: [] },
    {
      name: "a dispatch that tries again by itself",
      edges: [edge("lead", "hands"), edge("hands", "other"), edge("other", "hands")],
      back: ["other-hands"],
    },
  ]) {
    it(`are those of ${name}`, () => {
      const found = loopEdgesOf(workflow([lead, hands, other], edges));
      assert.deepEqual([...found.keys()].sort(), back);
    });
  }
});
