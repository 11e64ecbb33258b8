// Agents in the protocol: pins on nodes, reasoning events with their agent, the overrides of a run (agents.md §1-§4).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { useDaemon } from "../support/suite.ts";

const host = useDaemon({ seams: true });

const pinned = (id: string, agentId: string) => ({
  id,
  typeId: "core.noop",
  name: id,
  position: { x: 0, y: 0 },
  config: {},
  inputs: {},
  agent: { agentId, modelClass: "chat" },
});

describe("a node with an agent", () => {
  it("says so in its events and in the snapshot, and hands over to the next one", async () => {
    const document = {
      id: "two-agents",
      name: "Two agents",
      version: "1.0.0",
      nodes: [pinned("a", "local.test.first"), pinned("b", "local.test.second")],
      edges: [{ id: "e", sourceNodeId: "a", targetNodeId: "b" }],
      triggers: [],
      variables: [],
      metadata: {},
      settings: {},
    };
    assert.equal((await host.client.post("/v1/workflows", document)).status, 201);
    const runId = await host.client.createRun("two-agents");
    await host.client.ended(runId);
    const snapshot = await host.client.snapshot(runId);
    assert.deepEqual(snapshot.agent, { agentId: "local.test.second", modelClass: "chat" });
    const log = await host.client.log(runId);
    assert.deepEqual(
      log.map((event) => [event.type, (event.payload.agent as { agentId?: string } | undefined)?.agentId]),
      [
        ["run.started", undefined],
        ["node.started", "local.test.first"],
        ["node.completed", "local.test.first"],
        ["agent.handoff", undefined],
        ["node.started", "local.test.second"],
        ["node.completed", "local.test.second"],
        ["run.completed", undefined],
      ],
    );
    const handoff = log[3]?.payload;
    assert.deepEqual(handoff, { fromAgentId: "local.test.first", toAgentId: "local.test.second" });
  });
});

describe("an agent of the roster, started as a run", () => {
  const started = async (configurable: object) => {
    const runId = await host.client.createRun("agent-assistant", { inputs: { text: "hello" }, body: { configurable } });
    await host.client.ended(runId);
    return { runId, log: await host.client.log(runId) };
  };

  it("answers, with reasoning events in the contract's order", async () => {
    const { runId, log } = await started({});
    const types = log.map((event) => event.type).filter((type) => type.startsWith("agent."));
    assert.deepEqual(types, [
      "agent.invocation.started",
      "agent.promptResolved",
      "agent.reasoned",
      "agent.decided",
      "agent.invocation.completed",
    ]);
    for (const event of log.filter(({ type }) => type.startsWith("agent."))) {
      assert.equal(event.payload.agentId, "private.parley.agents.assistant");
    }
    const snapshot = await host.client.snapshot(runId);
    assert.match(snapshot.definitionHash, /^[0-9a-f]{64}$/);
    const begun = log.find(({ type }) => type === "agent.invocation.started")?.payload;
    const { version, ...agent } = snapshot.agent as Record<string, string>;
    assert.deepEqual(agent, { agentId: "private.parley.agents.assistant", name: "Assistant" });
    assert.match(version ?? "", /^[0-9a-f]{64}$/);
    assert.deepEqual([begun?.resolvedAgentVersion, begun?.source], [version, "run-api"]);
    const resolved = log.find(({ type }) => type === "agent.promptResolved")?.payload.resolved;
    assert.match(String(resolved), /^prompts\/assistant\.md@sha256:[0-9a-f]{64}$/);
  });

  it("is the orchestrator of its run where it directs others, whose runs name themselves", async () => {
    const text = "plan a picnic";
    const runId = await host.client.createRun("agent-chief", { inputs: { text } });
    assert.equal(await host.client.ended(runId), "completed");
    const { agent, runOrchestrator, childRuns } = await host.client.snapshot(runId);
    assert.deepEqual(runOrchestrator, agent);
    assert.equal(agent.name, "Chief");
    const child = await host.client.snapshot(childRuns[0].runId);
    assert.equal(child.agent.agentId, "private.parley.agents.researcher");
    const log = await host.client.log(child.runId);
    const begun = log.find(({ type }) => type === "agent.invocation.started")?.payload;
    assert.equal(begun?.source, "workflow-node");
  });

  it("keeps no reasoning where the run wants none", async () => {
    const { log } = await started({ reasoningVerbosity: "off" });
    const reasoned = log.find(({ type }) => type === "agent.reasoned");
    assert.deepEqual([reasoned?.payload.reasoning, reasoned?.payload.verbosity], ["", "off"]);
  });

  const refused = [{ reasoningVerbosity: "loud" }, { escalationThreshold: 2 }];
  for (const configurable of refused) {
    it(`refuses an override that means nothing: ${JSON.stringify(configurable)}`, async () => {
      const body = { workflowId: "agent-assistant", inputs: { text: "hello" }, configurable };
      const { status, body: error } = await host.client.post("/v1/runs", body);
      assert.equal(status, 400);
      assert.equal((error as { error: string }).error, "validation_error");
    });
  }
});
