import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snapshotOf } from "#engine/projection.ts";
import { Driver, edge, node, startOf, workflow } from "./support.ts";

const CANARY = "canary-4711-secret";
const secret = [{ name: "pin", type: "string", sensitive: true } as const];
const port = { type: "variable", variableName: "pin" } as const;

function runWithSecret(): Driver {
  const nodes = [
    node("echo", "core.identity", { inputs: { copy: port } }),
    node("wrap", "core.setVariable", { config: { name: "note" }, inputs: { value: port } }),
    node("gate", "core.approvalGate", { inputs: { input: port } }),
  ];
  const definition = workflow(nodes, [edge("echo", "wrap"), edge("wrap", "gate")], { variables: secret });
  return new Driver(definition, startOf({ pin: CANARY })).begin();
}

describe("a sensitive value (runs.md §5.5)", () => {
  it("stands in no event", () => {
    assert.ok(!JSON.stringify(runWithSecret().log).includes(CANARY));
  });

  it("stands in no snapshot", () => {
    const driver = runWithSecret();
    assert.ok(!JSON.stringify(snapshotOf(driver.graph, driver.state)).includes(CANARY));
  });

  it("stands in no snapshot after another replaced it, neither where it came in nor where it was copied to", () => {
    const nodes = [
      node("echo", "core.identity", { inputs: { copy: port } }),
      node("change", "core.setVariable", { config: { name: "pin", value: "another-secret" } }),
    ];
    const definition = workflow(nodes, [edge("echo", "change")], { variables: secret });
    const driver = new Driver(definition, startOf({ pin: CANARY })).begin();
    const text = JSON.stringify([snapshotOf(driver.graph, driver.state), driver.log]);
    assert.ok(!text.includes(CANARY) && !text.includes("another-secret"), text);
  });

  it("that is short, or a truth, is masked where it stands under its name", () => {
    const variables = [{ name: "isRich", type: "boolean", sensitive: true } as const];
    const change = node("change", "core.setVariable", { config: { name: "isRich", value: false } });
    const driver = new Driver(workflow([change], [], { variables }), startOf({ isRich: true })).begin();
    const mask = "[REDACTED:variable:isRich]";
    const { inputs, variables: shown } = snapshotOf(driver.graph, driver.state);
    assert.deepEqual([inputs, shown], [{ isRich: mask }, { isRich: mask }]);
    const payloads = Object.fromEntries(driver.log.map(({ type, payload }) => [type, payload]));
    assert.deepEqual(payloads["run.started"]?.inputs, { isRich: mask });
    const { previous, next } = payloads["variable.changed"] ?? {};
    assert.deepEqual([previous, next], [mask, mask]);
  });

  it("is what nodes really read", () => {
    assert.equal(runWithSecret().state.nodes.get("echo")?.outputs?.copy, CANARY);
  });

  it("is kept beside the log, so that the state can be folded again", () => {
    const kept = runWithSecret().rows.filter((row) => row.op === "putContent");
    assert.ok(kept.length > 0);
    assert.ok(kept.every((row) => row.op === "putContent" && row.contentId.startsWith("sealed:run_1:")));
  });

  it("of an output port is masked by its own label", () => {
    const nodes = [
      node("a", "core.identity", {
        inputs: { token: { type: "static", value: CANARY } },
        outputSensitivity: { token: true },
      }),
    ];
    const driver = new Driver(workflow(nodes)).begin();
    const completed = driver.log.find((event) => event.type === "node.completed")?.payload.outputs;
    assert.deepEqual(completed, { token: "[REDACTED:output:a.token]" });
  });
});
