// A turn of an agent, message by message: what comes late or twice changes nothing, and a turn that ends reaches every
// run it asked for.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { workflowOf } from "#agent/workflow-of.ts";
import type { EffectRow } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import { testAgent, testRoster } from "../support/roster.ts";
import { Driver, startOf } from "./support.ts";

const roster = testRoster(
  testAgent("host:assistant", { delegates: ["host:worker"] }),
  testAgent("host:worker", { role: "worker" }),
);

/** A turn whose model handed the same task on as often as `calls` says. */
function handedOn(calls: number) {
  const driver = new Driver(workflowOf(roster.defaultAgent(), roster), startOf({ text: "go" })).begin();
  const toolCalls = Array.from({ length: calls }, (_, at) => ({
    callId: `p${at}`,
    name: "openwop_parley_delegate",
    arguments: { to: "host:worker", task: `part ${at}` },
  }));
  const usage = { inputTokens: 1, outputTokens: 1 };
  const answer = { text: "", toolCalls, finishReason: "tool-calls", model: "m" };
  driver.settle("turn", { outcome: "done", value: { calls: [{ provider: "p", model: "m", usage }], answer } });
  const started = [...driver.effects.values()].filter(({ kind }) => kind === "start-run");
  assert.equal(started.length, calls);
  return { driver, started };
}

function tell(driver: Driver, { ordinal }: EffectRow, kind: string, value: JsonObject) {
  const effect = { kind, ordinal };
  return driver.give({ type: "settleEffect", nodeId: "turn", attempt: 0, effect, result: { outcome: "done", value } });
}

const standing = ({ request }: EffectRow) => ({ childRunId: String(request.childRunId), workflowId: "agent-worker" });
const ended = (effect: EffectRow, answer: string) => ({
  ...standing(effect),
  status: "completed",
  outputs: { output: answer },
});

describe("a turn that handed on", () => {
  it("hears once how it ended: what comes again, or after it, changes nothing", () => {
    const { driver, started } = handedOn(2);
    const [first] = started as [EffectRow, EffectRow];
    tell(driver, first, "child-ended", ended(first, "done"));
    const log = driver.types;
    assert.equal(log.filter((type) => type === "agent.toolReturned").length, 1);
    for (const [kind, value] of [
      ["child-ended", ended(first, "done otherwise")],
      // The news that it began can be later than its end.
      ["start-run", standing(first)],
    ] as const) {
      const decision = tell(driver, first, kind, value);
      assert.deepEqual(decision.events, [], kind);
    }
    assert.deepEqual(driver.types, log);
  });

  it("waits for all of its colleagues before it asks its model again", () => {
    const { driver, started } = handedOn(2);
    for (const effect of started) tell(driver, effect, "start-run", standing(effect));
    const [first, second] = started as [EffectRow, EffectRow];
    const rounds = () => driver.types.filter((type) => type === "agent.invocation.started").length;
    tell(driver, first, "child-ended", ended(first, "one"));
    assert.equal(rounds(), 1);
    tell(driver, second, "child-ended", ended(second, "two"));
    assert.equal(rounds(), 2);
  });

  it("reaches every run it asked for when it is stopped: those that stand, those that may stand, and no others", () => {
    const { driver, started } = handedOn(3);
    const [over, begun, asked] = started as [EffectRow, EffectRow, EffectRow];
    tell(driver, over, "start-run", standing(over));
    tell(driver, over, "child-ended", ended(over, "one"));
    tell(driver, begun, "start-run", standing(begun));
    const { rows } = driver.give({ type: "cancel", reason: undefined, by: "anna" });
    const told = rows.flatMap((row) => (row.op === "putEffect" ? [[row.effect.kind, row.effect.runId]] : []));
    assert.deepEqual(
      told,
      [begun, asked].map(({ request }) => ["cancel-run", request.childRunId]),
    );
  });
});
