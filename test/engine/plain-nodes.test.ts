import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "#protocol/json.ts";
import type { WorkflowNode } from "#protocol/workflows.ts";
import { Driver, edge, node, startOf, workflow } from "./support.ts";

function outputsOf(nodes: WorkflowNode[], inputs: JsonObject = {}): JsonObject | undefined {
  const edges = nodes.slice(1).map(({ id }, at) => edge((nodes[at] as WorkflowNode).id, id));
  const driver = new Driver(workflow(nodes, edges), startOf(inputs)).begin();
  assert.equal(driver.state.phase, "completed", JSON.stringify(driver.state.error));
  return driver.state.nodes.get((nodes.at(-1) as WorkflowNode).id)?.outputs;
}

const fixed = (value: unknown) => ({ type: "static", value }) as const;

describe("core.setVariable", () => {
  for (const { name, config, inputs, expected } of [
    { name: "writes the port before the config", config: { value: 1 }, inputs: { value: fixed(2) }, expected: 2 },
    { name: "writes the config", config: { value: 1 }, inputs: {}, expected: 1 },
    { name: "writes null where the config says null", config: { value: null }, inputs: {}, expected: null },
    {
      name: "writes null where the port says null",
      config: { value: 1 },
      inputs: { value: fixed(null) },
      expected: null,
    },
  ]) {
    it(name, () => {
      const nodes = [
        node("set", "core.setVariable", { config: { name: "v", ...config }, inputs }),
        node("get", "core.getVariable", { config: { name: "v" } }),
      ];
      assert.equal(outputsOf(nodes)?.value, expected);
    });
  }
});

describe("core.loop", () => {
  for (const { name, config, inputs } of [
    { name: "takes its items from the port", config: { items: [0] }, inputs: { items: fixed([1, 2]) } },
    { name: "takes its items from the config", config: { items: [1, 2] }, inputs: {} },
    { name: "takes the list that an edge brings", config: {}, inputs: { input: fixed([1, 2]) } },
  ]) {
    it(name, () => {
      const nodes = [node("loop", "core.loop", { config, inputs })];
      assert.deepEqual(outputsOf(nodes), { items: [1, 2], output: [1, 2], count: 2 });
    });
  }

  it("fails without a list", () => {
    const driver = new Driver(workflow([node("loop", "core.loop", { inputs: { items: fixed("x") } })])).begin();
    assert.equal(driver.state.error?.code, "validation_error");
  });
});

describe("core.start, core.parallel and core.end", () => {
  it("hand on what comes in", () => {
    const nodes = [node("a", "core.start"), node("b", "core.parallel"), node("c", "core.end")];
    assert.deepEqual(outputsOf(nodes, { x: 1 }), { output: { x: 1 } });
  });
});
