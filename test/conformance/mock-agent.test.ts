// The mock agent: events in the order of a real one, its reasoning piece by piece, and decisions that are held
// (runs.md §17.3, agents.md §3, §4).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { needsOwnDaemon, needsSeams, useDaemon } from "../support/suite.ts";

const host = useDaemon();

function mock(id: string, config: object, agent?: object) {
  return workflow(id, {
    nodes: [{ id: "mind", typeId: "core.conformance.mock-agent", config, ...(agent && { agent }) }],
  });
}

async function play(definition: { id: string }, configurable?: object): Promise<string> {
  await host.client.register(definition);
  return host.client.createRun(definition.id, configurable ? { body: { configurable } } : {});
}

const pinned = { agentId: "core.conformance.pinned", modelClass: "reasoning" };
const all = mock(
  "conformance-mock-all",
  {
    mockReasoning: { summary: "Thought.", tokenCount: 2, streamChunks: ["One. ", "Two."] },
    mockToolCalls: [
      { toolId: "openwop.echo:echo", arguments: { x: 1 }, result: { x: 1 }, durationMs: 4 },
      { toolId: "openwop.echo:fail", error: { error: "boom", message: "It broke." } },
    ],
    mockHandoff: { toAgentId: "core.conformance.next", reason: "done" },
    mockDecision: { decision: { next: "done" }, confidence: 0.9 },
  },
  pinned,
);

describe("the mock agent", { skip: needsSeams() }, () => {
  it("says everything it is told to, in the order of an agent", async () => {
    const runId = await play(all);
    assert.equal(await host.client.ended(runId), "completed");
    const log = (await host.client.log(runId)).filter(({ type }) => type.startsWith("agent."));
    assert.deepEqual(
      log.map(({ type }) => type),
      [
        "agent.reasoning.delta",
        "agent.reasoning.delta",
        "agent.reasoned",
        "agent.toolCalled",
        "agent.toolReturned",
        "agent.toolCalled",
        "agent.toolReturned",
        "agent.handoff",
        "agent.decided",
      ],
    );
    const [first, second, reasoned, called, returned, , failed, handoff, decided] = log;
    assert.deepEqual([first?.payload.sequence, second?.payload.sequence], [0, 1]);
    assert.equal(reasoned?.payload.reasoning, "One. Two.");
    assert.equal(returned?.causationId, called?.eventId);
    assert.equal(returned?.payload.callId, called?.payload.callId);
    assert.deepEqual(called?.payload.inputs, { x: 1 });
    assert.deepEqual(returned?.payload.outcome, { x: 1 });
    assert.equal(returned?.payload.toolName, "openwop.echo:echo");
    assert.equal(failed?.payload.error.code, "boom");
    assert.ok(!("outcome" in (failed?.payload ?? {})));
    assert.equal(handoff?.payload.fromAgentId, pinned.agentId);
    assert.deepEqual(decided?.payload.decision, { next: "done" });
    for (const { payload } of log) assert.equal(payload.agentId ?? payload.fromAgentId, pinned.agentId);
  });

  for (const { name, config, agent, agentId } of [
    { name: "its config", config: { agentId: "core.conformance.own" }, agent: pinned, agentId: "core.conformance.own" },
    { name: "the pin of its node", config: {}, agent: pinned, agentId: pinned.agentId },
    { name: "neither", config: {}, agent: undefined, agentId: "host:mock-agent:mind" },
  ]) {
    it(`is named by ${name}`, async () => {
      const id = `conformance-mock-named-${agentId.replaceAll(/[^a-z]/g, "-")}`;
      const runId = await play(mock(id, { ...config, mockReasoning: true }, agent));
      assert.equal(await host.client.ended(runId), "completed");
      const reasoned = (await host.client.log(runId)).find(({ type }) => type === "agent.reasoned");
      assert.equal(reasoned?.payload.agentId, agentId);
    });
  }

  it("says nothing when nothing is configured", async () => {
    const runId = await play(mock("conformance-mock-silent", {}));
    assert.equal(await host.client.ended(runId), "completed");
    const types = (await host.client.log(runId)).map(({ type }) => type);
    assert.deepEqual(types, ["run.started", "node.started", "node.completed", "run.completed"]);
  });

  it("keeps its reasoning to itself where the run wants none", async () => {
    const runId = await play(all, { reasoningVerbosity: "off" });
    await host.client.ended(runId);
    const log = await host.client.log(runId);
    assert.ok(!log.some(({ type }) => type === "agent.reasoning.delta"));
    assert.equal(log.find(({ type }) => type === "agent.reasoned")?.payload.reasoning, "");
  });
});

describe("a decision of the mock agent", { skip: needsSeams() }, () => {
  const unsure = { mockDecision: { decision: { kind: "stub" }, confidence: 0.5 } };
  for (const { name, config, threshold, held } of [
    { name: "below the threshold", config: unsure, threshold: undefined, held: true },
    { name: "below the threshold of the run", config: unsure, threshold: 0.6, held: true },
    { name: "at the threshold of the run", config: unsure, threshold: 0.5, held: false },
    { name: "without confidence", config: { mockDecision: { decision: 1 } }, threshold: undefined, held: false },
    { name: "of the short form", config: { mockConfidence: 0.1 }, threshold: undefined, held: true },
  ]) {
    it(`${name} is ${held ? "held" : "taken"}`, async () => {
      const definition = mock("conformance-mock-decides", config);
      const runId = await play(definition, threshold === undefined ? undefined : { escalationThreshold: threshold });
      const status = await host.client.settled(runId);
      if (!held) return assert.equal(status, "completed");
      assert.equal(status, "waiting-approval");
      const log = await host.client.log(runId);
      const types = log.map(({ type }) => type);
      assert.equal(types.indexOf("node.suspended"), types.indexOf("agent.decided") + 1);
      const { reason, kind } = log.find(({ type }) => type === "node.suspended")?.payload ?? {};
      assert.deepEqual([reason, kind], ["low-confidence", "low-confidence"]);
      const { interrupt } = await host.client.snapshot(runId);
      assert.equal(interrupt.data.threshold, threshold ?? 0.7);
      assert.equal((await host.client.answer(runId, "mind", { kind: "stub", ratified: true })).status, 200);
      assert.equal(await host.client.ended(runId), "completed");
    });
  }
});

describe("the mock agent is refused", { skip: needsSeams() }, () => {
  const { nodes: _, ...plain } = all;
  const node = all.nodes[0];
  for (const { name, document } of [
    { name: "outside of conformance workflows", document: { ...all, id: "my-workflow" } },
    {
      name: "with a tool call that has neither result nor error",
      document: { ...plain, nodes: [{ ...node, config: { mockToolCalls: [{ toolId: "a:b" }] } }] },
    },
    {
      name: "with a tool call that has both",
      document: {
        ...plain,
        nodes: [
          { ...node, config: { mockToolCalls: [{ toolId: "a:b", result: 1, error: { error: "x", message: "y" } }] } },
        ],
      },
    },
    { name: "with a member nobody knows", document: { ...plain, nodes: [{ ...node, config: { mockMood: "good" } }] } },
  ]) {
    it(name, async () => {
      assertRefused(await host.client.post("/v1/workflows", document), 400, "validation_error");
    });
  }
});

describe("on a production host", { skip: needsOwnDaemon() }, () => {
  const production = useDaemon({});

  it("the mock agent is not there, and not claimed", async () => {
    const { body } = await production.client.anonymous("GET", "/.well-known/openwop");
    assert.ok(!("conformance" in body));
    assert.equal(body.agents.reasoning.streaming, false);
    const details = assertRefused(await production.client.post("/v1/workflows", all), 400, "capability_required");
    assert.equal(details.requiredCapability, "conformance.mockAgent");
  });
});
