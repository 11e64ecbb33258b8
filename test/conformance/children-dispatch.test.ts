// core.dispatch: carries out decisions through child runs, questions and the end; the hand-over in events
// (runs.md §6.3, §6.4; agents.md §8, §9.2).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused, type LoggedEvent } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { ownFixtures, sharedFixtures } from "../support/paths.ts";
import { notHere, type Suite, useDaemon } from "../support/suite.ts";
import { childOf, childrenOf, end, loopOf, next, ofType, phasesOf, text, typesOf } from "./children-support.ts";

for (const { source, folder } of [
  { source: "our own fixtures", folder: ownFixtures },
  { source: "the published fixtures", folder: sharedFixtures },
]) {
  describe(`dispatch of ${source}`, { skip: notHere(folder) }, () => {
    if (folder !== undefined) fixtures(useDaemon({ fixtures: folder, seams: true }));
  });
}

function fixtures(host: Suite): void {
  it("conformance-dispatch-loop: one worker, then the end", async () => {
    const runId = await host.client.createRun("conformance-dispatch-loop");
    assert.equal(await host.client.ended(runId), "completed");
    const decided = ofType(await host.client.log(runId), "runOrchestrator.decided");
    assert.deepEqual(
      decided.map(({ payload }) => [payload.iteration, payload.decision.kind]),
      [
        [1, "next-worker"],
        [2, "terminate"],
      ],
    );
    const child = await host.client.snapshot(await childOf(host.client, runId));
    assert.equal(child.workflowId, "conformance-noop");
    assert.equal(child.status, "completed");
  });

  it("conformance-dispatch-input-mapping: a variable of the parent is an input of the worker", async () => {
    const runId = await host.client.createRun("conformance-dispatch-input-mapping");
    assert.equal(await host.client.ended(runId), "completed");
    const child = await host.client.snapshot(await childOf(host.client, runId));
    assert.equal(child.inputs.childGreeting, "Alice");
  });

  it("conformance-dispatch-output-mapping: a variable of the worker is one of the parent", async () => {
    const runId = await host.client.createRun("conformance-dispatch-output-mapping");
    assert.equal(await host.client.ended(runId), "completed");
    assert.equal((await host.client.snapshot(runId)).variables.parentResult, "done");
  });

  it("conformance-multi-agent-handoff: four events, each following from the one before", async () => {
    const runId = await host.client.createRun("conformance-multi-agent-handoff");
    assert.equal(await host.client.ended(runId), "completed");
    const log = await host.client.log(runId);
    assert.deepEqual(phasesOf(log), [
      ["dispatch.began", "runOrchestrator.decided"],
      ["dispatch.succeeded", "dispatch.began"],
      ["child.completed", "dispatch.succeeded"],
      ["output.harvested", "child.completed"],
    ]);
    const childRunId = await childOf(host.client, runId);
    for (const { nodeId, payload } of ofType(log, "core.workflowChain.event")) {
      assert.equal(nodeId, "dispatch");
      assert.equal(payload.workerId, "conformance-multi-agent-handoff-child");
      assert.equal(payload.parentRunId, runId);
      assert.equal(payload.childRunId, payload.phase === "dispatch.began" ? undefined : childRunId);
    }
    const harvested = ofType(log, "core.workflowChain.event").at(-1);
    assert.deepEqual(harvested?.payload.harvestedKeys, ["parentResult"]);
    const [dispatched, ...more] = ofType(log, "node.dispatched");
    assert.deepEqual(more, []);
    const payload = { childRunId, childWorkflowId: harvested?.payload.workerId, childStatus: "completed" };
    assert.deepEqual(dispatched?.payload, payload);
  });
}

describe("dispatch", () => {
  const host = useDaemon();
  const run = async (definition: { id: string }, ...others: { id: string }[]) => {
    for (const document of [...others, definition]) await host.client.register(document);
    return host.client.createRun(definition.id);
  };
  const failWorker = "conformance-dispatch-deterministic-fail-child";

  it("leaves an input out that is mapped from a variable without a value", async () => {
    const runId = await host.client.createRun("conformance-dispatch-input-mapping-no-default");
    assert.equal(await host.client.ended(runId), "completed");
    const child = await host.client.snapshot(await childOf(host.client, runId));
    assert.deepEqual(child.inputs, {});
    assert.ok(!("childGreeting" in child.variables));
  });

  it("conformance-dispatch-cross-worker-handoff: the second worker gets what the first one brought", async () => {
    const runId = await host.client.createRun("conformance-dispatch-cross-worker-handoff");
    assert.equal(await host.client.ended(runId), "completed");
    const [first, second] = await childrenOf(host.client, runId);
    const child = await host.client.snapshot(second as string);
    assert.equal(child.inputs.input, "hello");
    const log = await host.client.log(runId);
    const outputs = ofType(log, "node.completed").find(({ nodeId }) => nodeId === "dispatch")?.payload.outputs;
    assert.deepEqual([outputs.childRunId, outputs.childStatus], [second, "completed"], "the last child is reported");
    const began = Date.parse(child.startedAt);
    assert.ok(began >= Date.parse((await host.client.snapshot(first as string)).completedAt), "one after the other");
  });

  it("conformance-dispatch-per-worker-override: a map for one takes the place of the map for all", async () => {
    const runId = await host.client.createRun("conformance-dispatch-per-worker-override");
    assert.equal(await host.client.ended(runId), "completed");
    const inputs = [];
    for (const id of await childrenOf(host.client, runId)) inputs.push((await host.client.snapshot(id)).inputs);
    assert.deepEqual(inputs, [{ input: "default-x-value" }, { input: "shared-value" }]);
  });

  it("of workers without maps writes no harvest", async () => {
    const runId = await host.client.createRun("conformance-orchestrator-dispatch");
    assert.equal(await host.client.ended(runId), "completed");
    assert.deepEqual(
      phasesOf(await host.client.log(runId)).map(([phase]) => phase),
      ["dispatch.began", "dispatch.succeeded", "child.completed"],
    );
  });

  it("everything that it writes follows from the decision it carries out", async () => {
    const runId = await host.client.createRun("conformance-dispatch-output-mapping");
    assert.equal(await host.client.ended(runId), "completed");
    const log = await host.client.log(runId);
    let decision: LoggedEvent | undefined;
    for (const event of log) {
      if (event.type === "runOrchestrator.decided") decision = event;
      if (event.nodeId !== "dispatch" || event.type === "core.workflowChain.event") continue;
      assert.equal(event.causationId, decision?.eventId, event.type);
    }
    assert.equal(log.at(-1)?.causationId, decision?.eventId, "the end follows from it, too");
    assert.equal(log.at(-1)?.payload.reason, "goal-reached");
  });

  it("hands over to the agent that its worker's document names", async () => {
    const worker = workflow("conformance-pinned-worker", {
      nodes: [{ id: "n", typeId: "core.noop", agent: { agentId: "test.desk.triage" } }],
    });
    const supervisor = { agentId: "test.desk.lead" };
    const runId = await run(loopOf("conformance-over-pinned", [next(worker.id), end], { supervisor }), worker);
    assert.equal(await host.client.ended(runId), "completed");
    const log = await host.client.log(runId);
    const [handed, ...more] = ofType(log, "agent.handoff");
    assert.deepEqual(more, []);
    assert.deepEqual(handed?.payload, { fromAgentId: "test.desk.lead", toAgentId: "test.desk.triage" });
    assert.equal(handed?.causationId, ofType(log, "runOrchestrator.decided")[0]?.eventId);
    assert.equal(phasesOf(log).length, 3);
  });

  it("fails with its worker, and harvests nothing", async () => {
    const mapping = { outputMapping: { parentResult: "childOutcome" } };
    const plan = [next("conformance-noop", failWorker, "conformance-noop"), end];
    const runId = await run(
      loopOf("conformance-over-fail", plan, { dispatch: mapping, variables: [text("parentResult", "")] }),
    );
    assert.equal(await host.client.ended(runId), "failed");
    const { error, variables, childRuns } = await host.client.snapshot(runId);
    assert.equal(error.code, "child_failed");
    assert.equal(variables.parentResult, "");
    assert.deepEqual(
      childRuns.map(({ status }: { status: string }) => status),
      ["completed", "failed"],
    );
    const phases = phasesOf(await host.client.log(runId)).slice(-3);
    assert.deepEqual(phases, [
      ["dispatch.began", "runOrchestrator.decided"],
      ["dispatch.succeeded", "dispatch.began"],
      ["child.failed", "dispatch.succeeded"],
    ]);
    const failed = ofType(await host.client.log(runId), "core.workflowChain.event").at(-1);
    assert.equal(failed?.payload.error.code, "hvmap_1b_failed_fixture");
  });

  it("fails when somebody cancels its worker, and harvests nothing", async () => {
    const mapping = { outputMapping: { parentResult: "childOutcome" } };
    const plan = [next("conformance-dispatch-cancellable-child"), end];
    const options = { dispatch: mapping, variables: [text("parentResult", "")] };
    const runId = await run(loopOf("conformance-over-cancel", plan, options));
    const stream = await host.client.events(runId, "?streamMode=debug");
    const began = await stream.until(({ data }) => String(data).includes("dispatch.succeeded"));
    assert.ok(began);
    const childId = await childOf(host.client, runId);
    assert.equal((await host.client.snapshot(runId)).childRuns[0].status, "running");
    await host.client.post(`/v1/runs/${childId}/cancel`);
    assert.equal(await host.client.ended(runId), "failed");
    const { error, variables } = await host.client.snapshot(runId);
    assert.equal(error.code, "child_cancelled");
    assert.equal(variables.parentResult, "");
    assert.deepEqual(phasesOf(await host.client.log(runId)).at(-1), ["child.cancelled", "dispatch.succeeded"]);
  });

  it("starts none of its workers when one of them does not exist", async () => {
    const runId = await run(loopOf("conformance-over-nobody", [next("conformance-noop", "conformance-nobody"), end]));
    assert.equal(await host.client.ended(runId), "failed");
    const { error, childRuns } = await host.client.snapshot(runId);
    assert.equal(error.code, "unknown_child_workflow");
    assert.equal(childRuns, undefined);
    assert.deepEqual(phasesOf(await host.client.log(runId)), [
      ["dispatch.began", "runOrchestrator.decided"],
      ["dispatch.failed", "dispatch.began"],
    ]);
  });

  it("refuses to fan out where its document says so", async () => {
    const plan = [next("conformance-noop", "conformance-noop"), end];
    const runId = await run(loopOf("conformance-no-fan-out", plan, { dispatch: { fanOutPolicy: "reject" } }));
    assert.equal(await host.client.ended(runId), "failed");
    assert.equal((await host.client.snapshot(runId)).error.code, "fan_out_unsupported");
  });

  it("counts its turns where its document says so, and fails at one more", async () => {
    const plan = [next("conformance-noop"), next("conformance-noop"), next("conformance-noop"), end];
    const runId = await run(loopOf("conformance-dispatch-cap", plan, { dispatch: { iterationCap: 2 } }));
    assert.equal(await host.client.ended(runId), "failed");
    assert.equal((await host.client.snapshot(runId)).error.code, "loop_limit_exceeded");
    const log = await host.client.log(runId);
    const [breach] = ofType(log, "cap.breached");
    assert.deepEqual(breach?.payload, { kind: "dispatch-iterations", limit: 2, observed: 3 });
    assert.ok(typesOf(log).indexOf("cap.breached") < typesOf(log).indexOf("run.failed"));
    assert.equal((await childrenOf(host.client, runId)).length, 2);
  });

  it("that nobody decided anything for fails with no_pending_decision", async () => {
    const document = workflow("conformance-undecided", {
      nodes: [
        { id: "hands", typeId: "core.dispatch" },
        { id: "lead", typeId: "core.orchestrator.supervisor", config: { mockDispatchPlan: [end] } },
      ],
      edges: [{ from: "hands", to: "lead" }],
    });
    const runId = await run(document);
    assert.equal(await host.client.ended(runId), "failed");
    assert.equal((await host.client.snapshot(runId)).error.code, "no_pending_decision");
  });

  for (const { askUserRouting, kind, opened } of [
    { askUserRouting: undefined, kind: "conversation.exchange", opened: "conversation.opened" },
    { askUserRouting: "auto", kind: "conversation.exchange", opened: "conversation.opened" },
    { askUserRouting: "conversation", kind: "conversation.exchange", opened: "conversation.opened" },
    { askUserRouting: "clarification", kind: "clarification", opened: "clarification.requested" },
  ]) {
    it(`asks the user as ${kind} with routing ${askUserRouting}, twice in one run`, async () => {
      const ask = { kind: "ask-user", prompt: "Which day?" };
      const dispatchConfig = askUserRouting === undefined ? {} : { askUserRouting };
      const id = `conformance-asks-${askUserRouting ?? "default"}`;
      const runId = await run(loopOf(id, [ask, ask, end], { dispatch: dispatchConfig }));
      for (let turn = 1; turn <= 2; turn += 1) {
        await host.client.settled(runId);
        const { interrupt } = await host.client.snapshot(runId);
        assert.equal(interrupt.kind, kind);
        assert.equal(interrupt.nodeId, "hands");
        assert.ok(JSON.stringify(interrupt.data).includes("Which day?"));
        const { id: question = "" } = interrupt.data.questions?.[0] ?? {};
        const answer =
          kind === "clarification" ? { answers: { [question]: "Friday" } } : { operation: "close", outcome: "Friday" };
        assert.equal((await host.client.answer(runId, "hands", answer)).status, 200);
      }
      assert.equal(await host.client.ended(runId), "completed");
      const log = await host.client.log(runId);
      const answers = ofType(log, "node.completed").filter(({ nodeId }) => nodeId === "hands");
      assert.deepEqual(
        answers.slice(0, 2).map(({ payload }) => payload.outputs.output),
        ["Friday", "Friday"],
      );
      const types = typesOf(log);
      assert.ok(types.indexOf("runOrchestrator.decided") < types.indexOf(opened), "decided before it asks");
      assert.equal(ofType(log, opened).length, 2);
      const names = ofType(log, "conversation.opened").map(({ payload }) => payload.conversationId);
      assert.equal(new Set(names).size, names.length, "each conversation has a name of its own");
    });
  }

  for (const { name, config, field } of [
    {
      name: "a model of dispatch that there is not",
      config: { workerDispatchModel: "same-run" },
      field: "workerDispatchModel",
    },
    { name: "a policy that there is not", config: { fanOutPolicy: "parallel" }, field: "fanOutPolicy" },
    { name: "a cap of nothing", config: { iterationCap: 0 }, field: "iterationCap" },
    { name: "a member that the schema does not have", config: { memoryScopeIsolation: "isolated" }, field: "" },
    { name: "a map that is none", config: { outputMapping: { a: 1 } }, field: "outputMapping" },
  ]) {
    it(`is refused with ${name}`, async () => {
      const document = loopOf("conformance-refused-dispatch", [end], { dispatch: config });
      const details = assertRefused(await host.client.post("/v1/workflows", document), 400, "validation_error");
      assert.match(String(details.field), new RegExp(`nodes\\[1\\]\\.config.*${field}`));
    });
  }

  it("is refused without a supervisor", async () => {
    const document = workflow("conformance-headless", { nodes: [{ id: "hands", typeId: "core.dispatch" }] });
    const details = assertRefused(await host.client.post("/v1/workflows", document), 400, "validation_error");
    assert.equal(details.nodeId, "hands");
  });

  it("never changes the graph of the run", async () => {
    const before = await host.client.get("/v1/workflows/conformance-dispatch-output-mapping");
    const runId = await host.client.createRun("conformance-dispatch-output-mapping");
    await host.client.ended(runId);
    const { definitionHash } = await host.client.snapshot(runId);
    assert.equal(String(before.headers.etag), `"${definitionHash}"`);
    const after = await host.client.get("/v1/workflows/conformance-dispatch-output-mapping");
    assert.equal(after.text, before.text);
  });

  it("claims both forms of its capabilities with the same truth", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    assert.equal(body.agents.orchestrator, body.orchestrator.supported);
    assert.equal(body.agents.dispatch, body.dispatch.supported);
    assert.equal(body.agents.dispatchMapping, true);
    assert.equal(body.subWorkflow.inputMapping, true);
    assert.equal(body.multiAgent.executionModel.supported, true);
    assert.equal(body.multiAgent.executionModel.version, 3);
  });
});
