// What a workflow may declare about undoing its effects (runs.md §12.3).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkDefinition } from "#engine/definition.ts";
import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import { fact, failing, policed, undoable } from "./compensation-support.ts";
import { environmentOf, node, workflow } from "./support.ts";

describe("a definition", () => {
  const problemsOf = (definition: WorkflowDefinition, offered = true) =>
    checkDefinition({ ...environmentOf(), compensation: offered }, definition, false);
  const withNode = (rest: Partial<WorkflowNode>) => policed([node("a", "core.noop", rest)], []);
  const settings = (compensation: unknown) => ({ settings: { compensation } as WorkflowDefinition["settings"] });

  it("that is sound is taken where compensation is offered, and nowhere else", () => {
    assert.deepEqual(problemsOf(failing()), []);
    const problems = problemsOf(failing(), false);
    assert.equal(problems[0]?.path, "settings.compensation");
    assert.equal(problems[0]?.requiredCapability, "compensation");
    assert.deepEqual(
      problems.slice(1).map(({ path }) => path),
      ["nodes[0].compensation", "nodes[1].compensation"],
    );
  });

  const cases: { name: string; definition: WorkflowDefinition; path: string }[] = [
    { name: "no triggers", definition: workflow([node("a")], [], settings({})), path: "settings.compensation" },
    {
      name: "an unknown trigger",
      definition: workflow([node("a")], [], settings({ triggers: ["rain"] })),
      path: "settings.compensation.triggers",
    },
    {
      name: "an unknown member",
      definition: workflow([node("a")], [], settings({ triggers: ["run-cancel"], x: 1 })),
      path: "settings.compensation",
    },
    { name: "an inverse without a policy", definition: workflow([undoable("a")]), path: "nodes[0].compensation" },
    {
      name: "an irreversible effect without a policy",
      definition: workflow([node("a", "core.noop", { irreversibleEffect: true })]),
      path: "nodes[0].irreversibleEffect",
    },
    {
      name: "both",
      definition: withNode({ compensation: { nodeTypeId: "core.noop" }, irreversibleEffect: true }),
      path: "nodes[0].irreversibleEffect",
    },
    {
      name: "an unknown type",
      definition: withNode({ compensation: { nodeTypeId: "core.nowhere" } }),
      path: "nodes[0].compensation.nodeTypeId",
    },
    {
      name: "a type that routes the run",
      definition: withNode({ compensation: { nodeTypeId: "core.dispatch" } }),
      path: "nodes[0].compensation.nodeTypeId",
    },
    {
      name: "a type whose config is missing",
      definition: withNode({ compensation: { nodeTypeId: "core.setVariable" } }),
      path: "nodes[0].compensation.config",
    },
    {
      name: "an input from a variable",
      definition: withNode({ compensation: { nodeTypeId: "core.noop", inputMapping: { x: fact("variables.y") } } }),
      path: "nodes[0].compensation.inputMapping.x",
    },
    {
      name: "an input that is text and a fact",
      definition: withNode({
        compensation: { nodeTypeId: "core.noop", inputMapping: { x: `no ${fact("inputs.y")}` } },
      }),
      path: "nodes[0].compensation.inputMapping.x",
    },
    {
      name: "a fact that lies deeper",
      definition: withNode({ compensation: { nodeTypeId: "core.noop", inputMapping: { x: { y: fact("inputs.y") } } } }),
      path: "nodes[0].compensation.inputMapping.x",
    },
    {
      name: "a fact of no node",
      definition: withNode({
        compensation: { nodeTypeId: "core.noop", inputMapping: { x: fact("nodes.b.output.y") } },
      }),
      path: "nodes[0].compensation.inputMapping.x",
    },
    { name: "an id of the inverses", definition: policed([node("compensate:a")], []), path: "nodes[0].id" },
  ];
  for (const { name, definition, path } of cases) {
    it(`with ${name} is refused`, () => {
      const found = problemsOf(definition).map((problem) => problem.path);
      assert.ok(
        found.some((one) => one.startsWith(path)),
        `${found.join()} has no ${path}`,
      );
    });
  }
});
