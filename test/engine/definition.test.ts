import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { workflowOf } from "#agent/workflow-of.ts";
import { checkDefinition } from "#engine/definition.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { testAgent, testRoster } from "#test/support/roster.ts";
import { edge, environmentOf, node, workflow } from "./support.ts";

const a = node("a");
const b = node("b");

describe("a definition is refused (runs.md §5.7)", () => {
  const cases: [string, WorkflowDefinition, Record<string, unknown>][] = [
    ["with a cycle", workflow([a, b], [edge("a", "b"), edge("b", "a")]), { path: "edges", reason: "cycle_detected" }],
    ["with an edge into nothing", workflow([a], [edge("a", "x")]), { path: "edges[0].targetNodeId" }],
    ["with two nodes of one id", workflow([a, a]), { path: "nodes[1]" }],
    ["with two edges of one id", workflow([a, b], [edge("a", "b"), edge("a", "b")]), { path: "edges[1]" }],
    [
      "with an unknown node type",
      workflow([node("a", "core.magic")]),
      { path: "nodes[0].typeId", reason: "unknown_node_type", offendingTypeId: "core.magic" },
    ],
    ["with a type of parley's own roster", workflow([node("a", "private.parley.agent")]), { path: "nodes[0].typeId" }],
    ["with a dispatch and nobody who decides", workflow([node("a", "core.dispatch")]), { path: "nodes[0].typeId" }],
    [
      "with decisions that only a conformance workflow may bring along",
      workflow([node("a", "core.orchestrator.supervisor", { config: { mockDecisions: [] } })]),
      { requiredCapability: "conformance.mockAgent", offendingTypeId: "core.orchestrator.supervisor", nodeId: "a" },
    ],
    [
      "with a supervisor that says it is one of the roster",
      workflow([node("a", "core.orchestrator.supervisor", { config: { manifestHash: "x" } })]),
      { path: "nodes[0].config.manifestHash" },
    ],
    [
      "with a sub-workflow that nobody waits for",
      workflow([node("a", "core.subWorkflow", { config: { workflowId: "x", waitForCompletion: false } })]),
      { path: "nodes[0].config.waitForCompletion" },
    ],
    [
      "with compensation",
      workflow([a], [], { settings: { compensation: {} } as unknown as WorkflowDefinition["settings"] }),
      { requiredCapability: "compensation" },
    ],
    [
      "with a trigger that nobody serves",
      workflow([a], [], { triggers: [{ id: "t", type: "webhook" }] }),
      { requiredCapability: "triggerBridge.supported" },
    ],
    ["with a config that does not fit its type", workflow([node("a", "core.setVariable")]), { nodeId: "a" }],
    [
      "with an action a gate cannot offer",
      workflow([node("a", "core.approvalGate", { config: { actions: ["dance"] } })]),
      { path: "nodes[0].config.actions[0]" },
    ],
    [
      "with an expression that cannot be read",
      workflow([node("a", "core.noop", { inputs: { x: { type: "expression", expression: ".a |" } } })]),
      { path: "nodes[0].inputs.x.expression" },
    ],
    [
      "with a pattern that looks around",
      workflow([a, b], [edge("a", "b", { condition: { type: "regex", left: "status", right: "(?=x)" } })]),
      { path: "edges[0].condition.right" },
    ],
    [
      "with a connection to nowhere",
      workflow([node("a", "core.noop", { inputs: { x: { type: "connection", nodeId: "z", outputKey: "o" } } })]),
      { path: "nodes[0].inputs.x.nodeId" },
    ],
    [
      "with an agent on a deployment channel",
      workflow([node("a", "core.noop", { agent: { agentId: "abc", channel: "stable" } })]),
      { path: "nodes[0].agent.channel" },
    ],
    [
      "with an echo that should do more",
      workflow([node("a", "core.identity", { config: { memoryAction: "x" } })]),
      { nodeId: "a" },
    ],
  ];
  for (const [name, definition, expected] of cases) {
    it(name, () => {
      const [problem] = checkDefinition(environmentOf(), definition, false);
      assert.ok(problem, "it was taken");
      for (const [key, value] of Object.entries(expected)) assert.equal(problem[key as keyof typeof problem], value);
    });
  }

  it("with all its problems at once", () => {
    const problems = checkDefinition(environmentOf(), workflow([node("a", "x.y"), node("a")], [edge("a", "q")]), false);
    assert.equal(problems.length, 3);
  });
});

describe("a definition is taken", () => {
  it("when everything in it works here", () => {
    assert.deepEqual(checkDefinition(environmentOf(), workflow([a, b], [edge("a", "b")]), false), []);
  });

  it("with parley's own types when it is parley's own", () => {
    const agents = testRoster(
      testAgent("host:chief", { role: "supervisor", workers: ["host:scribe"] }),
      testAgent("host:scribe", { role: "worker" }),
    );
    for (const agent of agents.list()) {
      const own = workflowOf(agent, agents);
      assert.deepEqual(checkDefinition(environmentOf(), own, true), [], agent.rosterId);
      assert.notDeepEqual(checkDefinition(environmentOf(), own, false), [], `${agent.rosterId} as a foreign document`);
    }
  });
});
