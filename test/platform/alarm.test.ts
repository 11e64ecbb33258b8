import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Alarm } from "#platform/alarm.ts";

const START = Date.parse("2026-01-05T08:00:00Z");
const HOUR = 3_600_000;

/** An alarm on a clock of the test's own; `rung` are the times at which it rang, in milliseconds since the start. */
function arrange(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let nowMs = START;
  const rung: number[] = [];
  const alarm = new Alarm({ nowMs: () => nowMs }, () => rung.push(nowMs - START));
  return {
    rung,
    setFor: (ms: number) => alarm.setFor(START + ms),
    stop: () => alarm.stop(),
    /** Time goes on, by steps of a second at most. */
    pass(ms: number): void {
      for (let left = ms; left > 0; left -= 1_000) {
        const stepMs = Math.min(1_000, left);
        nowMs += stepMs;
        context.mock.timers.tick(stepMs);
      }
    },
    /** Somebody sets the wall clock. */
    setClock(ms: number): void {
      nowMs = START + ms;
    },
  };
}

describe("an alarm", () => {
  it("rings at the time it is set for, not before", (context) => {
    const alarm = arrange(context);
    alarm.setFor(5_000);
    alarm.pass(4_999);
    assert.deepEqual(alarm.rung, []);
    alarm.pass(1);
    assert.deepEqual(alarm.rung, [5_000]);
  });

  for (const { name, times } of [
    { name: "the earliest first", times: [3_000, 7_000] },
    { name: "the earliest last", times: [7_000, 3_000] },
    { name: "the same twice", times: [3_000, 3_000] },
  ]) {
    it(`set for several times rings once, at the earliest: ${name} (A1)`, (context) => {
      const alarm = arrange(context);
      for (const time of times) alarm.setFor(time);
      alarm.pass(HOUR);
      assert.deepEqual(alarm.rung, [3_000]);
    });
  }

  it("can be set again when it has rung, for a later time too", (context) => {
    const alarm = arrange(context);
    alarm.setFor(1_000);
    alarm.pass(1_000);
    alarm.setFor(4_000);
    alarm.pass(HOUR);
    assert.deepEqual(alarm.rung, [1_000, 4_000]);
  });

  it("rings soon for a time that is past, but not at once", (context) => {
    const alarm = arrange(context);
    alarm.setFor(-HOUR);
    assert.deepEqual(alarm.rung, []);
    alarm.pass(1);
    assert.deepEqual(alarm.rung, [1]);
  });

  it("rings within half a minute when the clock is set forward over its time (A2)", (context) => {
    const alarm = arrange(context);
    alarm.setFor(24 * HOUR);
    alarm.setClock(25 * HOUR);
    alarm.pass(30_000);
    assert.deepEqual(alarm.rung, [25 * HOUR + 30_000]);
  });

  it("does not ring early when the clock is set back (A2)", (context) => {
    const alarm = arrange(context);
    alarm.setFor(5_000);
    alarm.setClock(-HOUR);
    alarm.pass(HOUR + 4_999);
    assert.deepEqual(alarm.rung, []);
    alarm.pass(30_000);
    assert.equal(alarm.rung.length, 1);
  });

  it("does not ring after it was stopped, even if it is set once more", (context) => {
    const alarm = arrange(context);
    alarm.setFor(1_000);
    alarm.stop();
    alarm.setFor(500);
    alarm.pass(HOUR);
    assert.deepEqual(alarm.rung, []);
  });

  it("does not keep the process alive (A3)", () => {
    const alarm = new Alarm({ nowMs: () => START }, () => undefined);
    const timersBefore = activeTimers();
    alarm.setFor(START + HOUR);
    assert.equal(activeTimers(), timersBefore);
    alarm.stop();
  });
});

/** Timers that keep the process alive. */
function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
}
