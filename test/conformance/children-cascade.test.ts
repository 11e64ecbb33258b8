// What reaches from one run to another: the waiting of a child, a cancel, and where a run comes from
// (runs.md §4.1, §4.2, §14.6; interrupts-conversations.md §4.4).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { conforms } from "../support/schemas.ts";
import { useDaemon } from "../support/suite.ts";
import { calling, childOf, end, gate, loopOf, next, ofType } from "./children-support.ts";

const asking = workflow("conformance-child-asking", {
  nodes: [
    { id: "ask", typeId: "core.clarificationGate", config: { questions: [{ id: "q", question: "Which?" }] } },
    {
      id: "wait",
      typeId: "core.interrupt",
      config: { kind: "external-event", data: { eventType: "x", correlation: {} } },
    },
  ],
  edges: [{ from: "ask", to: "wait" }],
});
describe("a parent shows what its child waits for", () => {
  const host = useDaemon();

  it("for every kind of waiting, and goes on with it", async () => {
    await host.client.register(asking);
    const parent = calling("conformance-over-asking", asking.id);
    await host.client.register(parent);
    const runId = await host.client.createRun(parent.id);
    assert.equal(await host.client.settled(runId), "waiting-input");
    const childId = await childOf(host.client, runId);
    const waiting = await host.client.snapshot(runId);
    assert.equal(waiting.currentNodeId, "call");
    assert.equal(waiting.interrupt, undefined, "the question is the child's");
    assert.deepEqual(waiting.childRuns, [{ runId: childId, status: "waiting-input" }]);
    assert.equal(waiting.nodeStates.call.status, "running");
    const list = await host.client.get("/v1/runs?status=waiting-input&workflowId=conformance-over-asking");
    assert.equal(list.body.runs[0].runId, runId);
    assert.equal((await host.client.answer(childId, "ask", { answers: { q: "this" } })).status, 200);
    await waitFor(async () => (await host.client.snapshot(runId)).status === "waiting-external");
    assert.equal((await host.client.answer(childId, "wait", {})).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
    const told = ofType(await host.client.log(runId), "parley.child.status-changed").map(
      ({ payload }) => payload.status,
    );
    assert.deepEqual(
      told.filter((status) => status !== "running"),
      ["waiting-input", "waiting-external"],
    );
  });

  it("over two floors", async () => {
    for (const document of [
      gate,
      calling("conformance-floor-1", gate.id),
      calling("conformance-floor-2", "conformance-floor-1"),
    ]) {
      await host.client.register(document);
    }
    const runId = await host.client.createRun("conformance-floor-2");
    assert.equal(await host.client.settled(runId), "waiting-approval");
    const middle = await childOf(host.client, runId);
    assert.equal((await host.client.snapshot(middle)).status, "waiting-approval");
    const lowest = await childOf(host.client, middle);
    assert.equal((await host.client.answer(lowest, "gate", { action: "accept" })).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("but only when nothing of its own works", async () => {
    const document = workflow("conformance-busy-parent", {
      nodes: [
        { id: "call", typeId: "core.subWorkflow", config: { workflowId: gate.id } },
        { id: "work", typeId: "core.delay", config: { delayMs: 700 } },
      ],
    });
    for (const one of [gate, document]) await host.client.register(one);
    const runId = await host.client.createRun(document.id);
    await waitFor(async () => (await host.client.snapshot(runId)).childRuns?.[0]?.status === "waiting-approval");
    const both = await host.client.snapshot(runId);
    if (both.nodeStates.work.status === "running") assert.equal(both.status, "running");
    assert.equal(await host.client.settled(runId), "waiting-approval");
  });
});

describe("cancelling a parent", () => {
  const host = useDaemon();

  it("conformance-interrupt-parent-child-cancel: reaches the child within 5 s, and its question is gone", async () => {
    const runId = await host.client.createRun("conformance-interrupt-parent-child-cancel");
    assert.equal(await host.client.settled(runId), "waiting-approval");
    const childId = await childOf(host.client, runId);
    const { interrupt } = await host.client.snapshot(childId);
    assert.equal((await host.client.post(`/v1/runs/${runId}/cancel`, { reason: "enough" })).status, 200);
    assert.equal(await host.client.ended(runId), "cancelled");
    assert.equal(await host.client.ended(childId), "cancelled");
    const cancelled = (await host.client.log(childId)).at(-1);
    assert.equal(cancelled?.type, "run.cancelled");
    assert.equal(cancelled?.payload.reason, "parent-cancelled");
    assert.equal(cancelled?.payload.parentRunId, runId);
    assert.equal(cancelled?.payload.parentNodeId, "subwf-call");
    const own = (await host.client.log(runId)).at(-1);
    assert.equal(own?.payload.reason, "enough");
    assert.ok(!("parentRunId" in (own?.payload ?? {})));
    assertRefused(await host.client.answer(childId, "child-gate", { action: "accept" }), 410, "interrupt_gone");
    const path = new URL(interrupt.callbackUrl).pathname;
    const byToken = await host.client.anonymous("POST", path, { body: { resumeValue: { action: "accept" } } });
    assertRefused(byToken, 409, "interrupt_already_resolved");
    assert.deepEqual((await host.client.snapshot(runId)).childRuns, [{ runId: childId, status: "cancelled" }]);
    const again = await host.client.post(`/v1/runs/${runId}/cancel`);
    assert.deepEqual(again.body, { runId, status: "cancelled" });
    assert.equal(ofType(await host.client.log(childId), "run.cancelled").length, 1);
  });

  it("reaches the child of a child, and the worker of a dispatch", async () => {
    const documents = [
      gate,
      calling("conformance-cascade-1", gate.id),
      loopOf("conformance-cascade-2", [next("conformance-cascade-1"), end]),
    ];
    for (const document of documents) await host.client.register(document);
    const runId = await host.client.createRun("conformance-cascade-2");
    assert.equal(await host.client.settled(runId), "waiting-approval");
    const middle = await childOf(host.client, runId);
    const lowest = await childOf(host.client, middle);
    await host.client.post(`/v1/runs/${runId}/cancel`);
    for (const [id, above] of [
      [middle, runId],
      [lowest, middle],
    ] as const) {
      assert.equal(await host.client.ended(id), "cancelled");
      assert.equal((await host.client.log(id)).at(-1)?.payload.parentRunId, above);
    }
  });

  it("leaves a child alone that is not to hear of it", async () => {
    for (const document of [gate, calling("conformance-detached", gate.id, { propagateCancellation: false })]) {
      await host.client.register(document);
    }
    const runId = await host.client.createRun("conformance-detached");
    await host.client.settled(runId);
    const childId = await childOf(host.client, runId);
    await host.client.post(`/v1/runs/${runId}/cancel`);
    assert.equal(await host.client.ended(runId), "cancelled");
    assert.equal((await host.client.answer(childId, "gate", { action: "accept" })).status, 200);
    assert.equal(await host.client.ended(childId), "completed");
  });
});

describe("ancestry", () => {
  const host = useDaemon();

  it("names the run above, this host, and what composed the two", async () => {
    const { body: document } = await host.client.anonymous("GET", "/.well-known/openwop");
    const { crossHostCausation } = document.multiAgent.executionModel;
    assert.equal(crossHostCausation.ancestryEndpointSupported, true);
    const { hostId } = crossHostCausation;
    for (const [workflowId, cause] of [
      ["conformance-subworkflow-parent", "core.subWorkflow"],
      ["conformance-orchestrator-dispatch", "core.dispatch"],
    ] as const) {
      const runId = await host.client.createRun(workflowId);
      await host.client.ended(runId);
      const top = await host.client.get(`/v1/runs/${runId}/ancestry`);
      assert.equal(top.status, 200);
      conforms("run-ancestry-response", top.body);
      assert.deepEqual(top.body, { runId, hostId, parent: null });
      const childId = await childOf(host.client, runId);
      const below = await host.client.get(`/v1/runs/${childId}/ancestry`);
      conforms("run-ancestry-response", below.body);
      assert.deepEqual(below.body, { runId: childId, hostId, parent: { runId, hostId, cause } });
    }
  });

  it("of a run that there is not is 404", async () => {
    assertRefused(await host.client.get("/v1/runs/run_nobody/ancestry"), 404, "not_found");
  });
});

async function waitFor(check: () => Promise<boolean>, deadlineMs = 5_000): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (!(await check())) {
    if (performance.now() > until) throw new Error(`it did not happen in ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
