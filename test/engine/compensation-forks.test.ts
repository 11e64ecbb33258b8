// Forks of runs that undid what they did: a replay fires nothing, a branch undoes its own (docs/adr/0019).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sealedContentId } from "#engine/draft.ts";
import { snapshotOf } from "#engine/projection.ts";
import type { JsonObject } from "#protocol/json.ts";
import { failing, goOn, named, run } from "./compensation-support.ts";
import { branch, replay } from "./replay-support.ts";
import type { Driver } from "./support.ts";

describe("a fork", () => {
  /** Its clear log: what the shell reads back. */
  const clearOf = (driver: Driver): Driver => {
    for (const [at, event] of driver.log.entries()) {
      const id = sealedContentId("run_1", event.sequence);
      const kept = driver.rows.find((row) => row.op === "putContent" && row.contentId === id);
      if (kept?.op === "putContent") driver.log[at] = { ...event, payload: JSON.parse(kept.body) as JsonObject };
    }
    return driver;
  };
  const withEffects = () => {
    const driver = run(failing({}, { nodeTypeId: "test.effect" })).begin();
    for (const nodeId of ["compensate:two", "compensate:one"]) {
      driver.settle(nodeId, { outcome: "done", value: { n: 1 } });
      goOn(driver);
    }
    return clearOf(driver);
  };

  it("that replays writes what was undone as it was, from every point, and fires nothing", () => {
    const source = withEffects();
    for (let fromSeq = 0; fromSeq < source.log.length; fromSeq += 1) {
      const played = replay(source, fromSeq);
      assert.deepEqual(
        played.log.map(({ type }) => type),
        source.types,
        `from ${fromSeq}`,
      );
      assert.ok(!played.rows.some(({ op }) => op === "putEffect"));
      assert.equal(played.state.compensation?.status, "completed");
    }
  });

  it("that branches before the end does not undo what its source did", () => {
    const source = withEffects();
    const planned = source.types.indexOf("compensation.requested");
    for (let fromSeq = planned; fromSeq < source.log.length; fromSeq += 1) {
      const branched = branch(source, fromSeq);
      while (!branched.ended) assert.ok(branched.give({ type: "continue" }).events.length > 0, `from ${fromSeq}`);
      assert.equal(branched.types.at(-1), "run.failed");
      assert.ok(!branched.rows.some(({ op }) => op === "putEffect"), `from ${fromSeq}`);
      assert.equal(snapshotOf(branched.graph, branched.state).compensationStatus, "none");
    }
  });

  it("that branches before its own steps undoes those", () => {
    const source = clearOf(run(failing()).begin());
    const second = source.log.findIndex(({ type, nodeId }) => type === "node.started" && nodeId === "two");
    const branched = branch(source, second);
    while (!branched.ended) branched.give({ type: "continue" });
    const undone = named(branched.log).filter((one) => one.startsWith("started"));
    assert.deepEqual(undone, ["started two"]);
  });
});
