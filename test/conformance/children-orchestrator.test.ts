// core.orchestrator.supervisor: decisions, their order, bounds and gates; the loops a workflow may have
// (runs.md §6.4, §5.4, §9; agents.md §4, §7).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { ownFixtures, sharedFixtures } from "../support/paths.ts";
import { needsOwnDaemon, notHere, type Suite, useDaemon } from "../support/suite.ts";
import { childrenOf, end, loopOf, next, ofType, typesOf } from "./children-support.ts";

for (const { source, folder } of [
  { source: "our own fixtures", folder: ownFixtures },
  { source: "the published fixtures", folder: sharedFixtures },
]) {
  describe(`the orchestrator of ${source}`, { skip: notHere(folder) }, () => {
    if (folder !== undefined) fixtures(useDaemon({ fixtures: folder, seams: true }));
  });
}

function fixtures(host: Suite): void {
  it("conformance-orchestrator-dispatch: every decision stands before what it causes (CO-1)", async () => {
    const runId = await host.client.createRun("conformance-orchestrator-dispatch");
    assert.equal(await host.client.ended(runId), "completed");
    const log = await host.client.log(runId);
    const [first, last] = ofType(log, "runOrchestrator.decided");
    assert.deepEqual(first?.payload.decision, next("conformance-noop"));
    assert.equal(first?.nodeId, "supervisor");
    const started = ofType(log, "node.started").find(({ nodeId }) => nodeId === "dispatch");
    assert.ok((first?.sequence ?? 0) < (started?.sequence ?? 0));
    assert.ok((last?.sequence ?? 0) < (log.at(-1)?.sequence ?? 0));
    const { runOrchestrator } = await host.client.snapshot(runId);
    assert.equal(runOrchestrator.agentId, "core.conformance.supervisor");
    for (const { payload } of [first, last] as { payload: { agentId: string } }[]) {
      assert.equal(payload.agentId, runOrchestrator.agentId, "its identity does not change (CO-2)");
    }
  });

  it("conformance-orchestrator-terminate: the end at once, nothing decided after it (CO-3)", async () => {
    const runId = await host.client.createRun("conformance-orchestrator-terminate");
    assert.equal(await host.client.ended(runId), "completed");
    const log = await host.client.log(runId);
    assert.deepEqual(
      ofType(log, "runOrchestrator.decided").map(({ payload }) => payload.decision.kind),
      ["terminate"],
    );
    assert.equal(log.at(-1)?.payload.reason, "goal-reached");
    assert.deepEqual(await childrenOf(host.client, runId), []);
  });
}

describe("a decision that nobody is sure enough of", () => {
  const host = useDaemon();

  it("conformance-orchestrator-low-confidence: is held until a person ratifies one (CP-1)", async () => {
    const runId = await host.client.createRun("conformance-orchestrator-low-confidence");
    assert.equal(await host.client.settled(runId), "waiting-approval");
    const held = await host.client.log(runId);
    assert.deepEqual(ofType(held, "runOrchestrator.decided"), []);
    const [suspended] = ofType(held, "node.suspended");
    const { kind, reason, agentId, threshold, observed } = suspended?.payload ?? {};
    assert.deepEqual([kind, reason, threshold, observed], ["low-confidence", "low-confidence", 0.7, 0.5]);
    assert.equal(agentId, "core.conformance.low-confidence-supervisor");
    const { interrupt, runOrchestrator } = await host.client.snapshot(runId);
    assert.equal(runOrchestrator, undefined, "nothing was decided yet");
    assert.deepEqual(interrupt.data.decision, next("conformance-noop"));
    assertRefused(await host.client.answer(runId, "supervisor", { kind: "dance" }), 400, "validation_error");
    assert.equal((await host.client.answer(runId, "supervisor", next("conformance-delay"))).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
    const [decided] = ofType(await host.client.log(runId), "runOrchestrator.decided");
    assert.deepEqual(decided?.payload.decision, next("conformance-delay"), "the person's, not the agent's");
  });

  for (const { escalationThreshold, status } of [
    { escalationThreshold: 0.5, status: "completed" },
    { escalationThreshold: 0.51, status: "waiting-approval" },
  ]) {
    it(`is ${status} at the threshold ${escalationThreshold} of its run: equal goes on`, async () => {
      const body = { configurable: { escalationThreshold } };
      const runId = await host.client.createRun("conformance-orchestrator-low-confidence", { body });
      assert.equal(await host.client.settled(runId), status);
    });
  }

  for (const { answer, status, decisions } of [
    { answer: "proceed", status: "completed", decisions: ["next-worker", "terminate"] },
    { answer: "stop", status: "completed", decisions: ["terminate"] },
  ]) {
    it(`conformance-multi-agent-confidence-escalation: below the floor a person says ${answer}`, async () => {
      const runId = await host.client.createRun("conformance-multi-agent-confidence-escalation");
      assert.equal(await host.client.settled(runId), "waiting-input");
      const log = await host.client.log(runId);
      const [escalated, ...more] = ofType(log, "core.workflowChain.confidence-escalated");
      assert.deepEqual(more, []);
      const { originalDecision, ...said } = escalated?.payload ?? {};
      const workerId = "conformance-noop";
      assert.deepEqual(said, { confidence: 0.3, floor: 0.5, escalationKind: "clarify", workerId, parentRunId: runId });
      assert.deepEqual(originalDecision, { ...next(workerId), confidence: 0.3 });
      assert.deepEqual(ofType(log, "core.workflowChain.event"), []);
      assert.deepEqual(ofType(log, "runOrchestrator.decided"), []);
      const types = typesOf(log);
      assert.ok(types.indexOf("core.workflowChain.confidence-escalated") < types.indexOf("interrupt.requested"));
      const { interrupt } = await host.client.snapshot(runId);
      assert.equal(interrupt.kind, "clarification");
      const { id } = interrupt.data.questions[0];
      const maybe = await host.client.answer(runId, "supervisor", { answers: { [id]: "maybe" } });
      assertRefused(maybe, 400, "validation_error");
      assert.equal((await host.client.answer(runId, "supervisor", { answers: { [id]: answer } })).status, 200);
      assert.equal(await host.client.ended(runId), status);
      const decided = ofType(await host.client.log(runId), "runOrchestrator.decided");
      assert.deepEqual(
        decided.map(({ payload }) => payload.decision.kind),
        decisions,
      );
    });
  }

  for (const { name, decision, status } of [
    { name: "exactly on the floor", decision: { ...next("conformance-noop"), confidence: 0.5 }, status: "completed" },
    { name: "without a word about it", decision: next("conformance-noop"), status: "completed" },
    { name: "to end, below the floor", decision: { kind: "terminate", confidence: 0.49 }, status: "waiting-input" },
  ]) {
    it(`${name} is ${status}`, async () => {
      const document = loopOf("conformance-floor", [decision, end]);
      await host.client.register(document);
      const runId = await host.client.createRun(document.id);
      assert.equal(await host.client.settled(runId), status);
      const escalated = ofType(await host.client.log(runId), "core.workflowChain.confidence-escalated");
      assert.equal(escalated.length, status === "completed" ? 0 : 1);
      if (decision.kind === "terminate") assert.ok(!("workerId" in (escalated[0]?.payload ?? {})));
    });
  }
});

describe("a supervisor", () => {
  const host = useDaemon();
  const noops = Array.from({ length: 5 }, () => next("conformance-noop"));

  for (const { name, supervisor, configurable, kind, limit } of [
    {
      name: "its own cap",
      supervisor: { iterationCap: 2 },
      configurable: {},
      kind: "orchestrator-iterations",
      limit: 2,
    },
    {
      name: "the run's bound",
      supervisor: {},
      configurable: { maxLoopIterations: 3 },
      kind: "loop-iterations",
      limit: 3,
    },
    {
      name: "the lower one of both",
      supervisor: { iterationCap: 4 },
      configurable: { maxLoopIterations: 1 },
      kind: "loop-iterations",
      limit: 1,
    },
  ]) {
    it(`decides as often as ${name} allows; one more fails the run`, async () => {
      const document = loopOf("conformance-bounded", [...noops, end], { supervisor });
      await host.client.register(document);
      const runId = await host.client.createRun(document.id, { body: { configurable } });
      assert.equal(await host.client.ended(runId), "failed");
      const { error } = await host.client.snapshot(runId);
      assert.equal(error.code, "loop_limit_exceeded");
      assert.equal(error.details.iteration, limit + 1);
      const log = await host.client.log(runId);
      assert.deepEqual(
        ofType(log, "cap.breached").map(({ payload }) => payload),
        [{ kind, limit, observed: limit + 1 }],
      );
      assert.equal(ofType(log, "runOrchestrator.decided").length, limit);
      assert.deepEqual(
        ofType(log, "runOrchestrator.decided").map(({ payload }) => payload.iteration),
        Array.from({ length: limit }, (_, at) => at + 1),
      );
    });
  }

  it("takes the host's bound where the run asks for more", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    assert.equal(body.limits.maxLoopIterations, 100);
    const plan = Array.from({ length: 101 }, () => ({ kind: "next-worker", nextWorkerIds: ["conformance-noop"] }));
    const document = loopOf("conformance-unbounded", [...plan, end]);
    await host.client.register(document);
    const bounds = { configurable: { maxLoopIterations: 1_000, recursionLimit: 1_000 } };
    const runId = await host.client.createRun(document.id, { body: bounds });
    assert.equal(await host.client.ended(runId, 20_000), "failed");
    assert.equal((await host.client.snapshot(runId)).error.code, "loop_limit_exceeded");
  });

  for (const maxLoopIterations of [0, 1.5, "3"]) {
    it(`refuses ${JSON.stringify(maxLoopIterations)} as a bound when the run is created`, async () => {
      const body = { workflowId: "conformance-dispatch-loop", configurable: { maxLoopIterations } };
      assertRefused(await host.client.post("/v1/runs", body), 400, "validation_error");
    });
  }

  it("whose run has another supervisor already cannot decide (CO-2)", async () => {
    const mock = (agentId: string) => ({
      agent: { agentId },
      config: { mockDispatchPlan: [next("conformance-noop")] },
    });
    const document = workflow("conformance-two-heads", {
      nodes: [
        { id: "one", typeId: "core.orchestrator.supervisor", ...mock("test.head.one") },
        { id: "two", typeId: "core.orchestrator.supervisor", ...mock("test.head.two") },
      ],
      edges: [{ from: "one", to: "two" }],
    });
    await host.client.register(document);
    const runId = await host.client.createRun(document.id);
    assert.equal(await host.client.ended(runId), "failed");
    const { error, runOrchestrator } = await host.client.snapshot(runId);
    assert.equal(error.code, "validation_error");
    assert.equal(runOrchestrator.agentId, "test.head.one");
    assert.equal(ofType(await host.client.log(runId), "runOrchestrator.decided").length, 1);
  });

  it("gives up with criteria that were not met, and the run is completed all the same", async () => {
    const successCriteria = [{ key: "answered", met: false }];
    const document = loopOf("conformance-gives-up", [{ kind: "terminate", reason: "max-iterations", successCriteria }]);
    await host.client.register(document);
    const runId = await host.client.createRun(document.id);
    assert.equal(await host.client.ended(runId), "completed");
    const [decided] = ofType(await host.client.log(runId), "runOrchestrator.decided");
    assert.deepEqual(decided?.payload.decision.successCriteria, successCriteria);
  });

  it("is refused with a decision that the schema does not have", async () => {
    for (const decision of [{ kind: "clarify" }, { kind: "next-worker", nextWorkerIds: [] }, { ...end, more: 1 }]) {
      const response = await host.client.post("/v1/workflows", loopOf("conformance-wrong", [decision]));
      const details = assertRefused(response, 400, "validation_error");
      assert.match(String(details.field), /^nodes\[0\]\.config\.mockDispatchPlan/);
    }
  });
});

describe("a supervisor on a host without test keys", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon({});

  it("takes its decisions from a conformance workflow only", async () => {
    const foreign = await host.client.post("/v1/workflows", loopOf("my-own", [end]));
    const details = assertRefused(foreign, 400, "capability_required");
    assert.equal(details.requiredCapability, "conformance.mockAgent");
    assert.equal(details.nodeId, "lead");
    assert.equal((await host.client.post("/v1/workflows", loopOf("conformance-own", [end]))).status, 201);
  });
});

describe("a loop", () => {
  const host = useDaemon();
  const lead = {
    id: "lead",
    typeId: "core.orchestrator.supervisor",
    config: { mockDispatchPlan: [next("conformance-noop"), next("conformance-noop"), end] },
  };
  const hands = { id: "hands", typeId: "core.dispatch" };
  const step = { id: "step", typeId: "core.noop" };

  for (const { name, document } of [
    {
      name: "with a step between dispatch and supervisor",
      document: workflow("conformance-loop-behind", {
        nodes: [lead, hands, step],
        edges: [
          { from: "lead", to: "hands" },
          { from: "hands", to: "step" },
          { from: "step", to: "lead" },
        ],
      }),
    },
    {
      name: "with a step between supervisor and dispatch, and one before both",
      document: workflow("conformance-loop-before", {
        nodes: [{ id: "first", typeId: "core.start" }, lead, step, hands],
        edges: [
          { from: "first", to: "lead" },
          { from: "lead", to: "step" },
          { from: "step", to: "hands" },
          { from: "hands", to: "lead" },
        ],
      }),
    },
  ]) {
    it(`${name} runs every step in every round`, async () => {
      await host.client.register(document);
      const runId = await host.client.createRun(document.id);
      assert.equal(await host.client.ended(runId), "completed");
      const started = ofType(await host.client.log(runId), "node.started").map(({ nodeId }) => nodeId);
      const times = (id: string) => started.filter((nodeId) => nodeId === id).length;
      assert.equal(times("lead"), 3);
      assert.equal(times("hands"), 3);
      assert.ok(times("step") >= 2);
      assert.equal((await childrenOf(host.client, runId)).length, 2);
    });
  }

  for (const { name, edges } of [
    {
      name: "of ordinary nodes beside the loop",
      edges: [
        { from: "lead", to: "hands" },
        { from: "hands", to: "lead" },
        { from: "step", to: "other" },
        { from: "other", to: "step" },
      ],
    },
    { name: "of one node", edges: [{ from: "step", to: "step" }] },
  ]) {
    it(`${name} is refused as a cycle`, async () => {
      const nodes = [lead, hands, step, { id: "other", typeId: "core.noop" }];
      const response = await host.client.post("/v1/workflows", workflow("conformance-cycle", { nodes, edges }));
      assert.equal(assertRefused(response, 400, "validation_error").reason, "cycle_detected");
    });
  }
});
