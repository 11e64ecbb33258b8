import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createRepetitions } from "#platform/log/repetitions.ts";

const WINDOW_MS = 10_000;

/** Repetitions on a clock that only `pass` moves; `told` collects the summaries. */
function arrange(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let nowMs = 0;
  const repetitions = createRepetitions(() => nowMs);
  const told: string[] = [];
  return {
    told,
    flush: () => repetitions.flush(),
    /** Admits `count` lines; returns how many are to be written. */
    lines(count: number, key = "warn disk is full"): number {
      let written = 0;
      for (let at = 0; at < count; at++) {
        if (repetitions.admit(key, (times) => told.push(`${key} x${times}`))) written += 1;
      }
      return written;
    },
    pass(ms: number): void {
      nowMs += ms;
      context.mock.timers.tick(ms);
    },
  };
}

describe("a repeating line", () => {
  it("is written ten times in ten seconds, then counted (R1)", (context) => {
    const log = arrange(context);
    assert.equal(log.lines(25), 10);
    assert.deepEqual(log.told, []);
    log.pass(WINDOW_MS);
    assert.deepEqual(log.told, ["warn disk is full x15"]);
  });

  it("is summed up once per window as long as it goes on (R1, R2)", (context) => {
    const log = arrange(context);
    log.lines(12);
    for (let window = 0; window < 3; window++) {
      log.pass(WINDOW_MS - 1);
      assert.equal(log.lines(7), 0);
      log.pass(1);
    }
    log.pass(WINDOW_MS);
    assert.deepEqual(log.told, ["warn disk is full x9", "warn disk is full x7", "warn disk is full x7"]);
  });

  it("is written again after a quiet window", (context) => {
    const log = arrange(context);
    log.lines(12);
    log.pass(WINDOW_MS);
    log.pass(WINDOW_MS);
    assert.equal(log.lines(10), 10);
  });

  it("that comes slowly is always written", (context) => {
    const log = arrange(context);
    for (let at = 0; at < 50; at++) {
      assert.equal(log.lines(1), 1);
      log.pass(WINDOW_MS / 10 + 1);
    }
    assert.deepEqual(log.told, []);
  });

  it("does not hold back others", (context) => {
    const log = arrange(context);
    log.lines(30);
    assert.equal(log.lines(1, "warn another"), 1);
    assert.equal(log.lines(1, "error disk is full"), 1);
  });

  it("is told at the end of the process, once (R2)", (context) => {
    const log = arrange(context);
    log.lines(13);
    log.flush();
    log.flush();
    log.pass(WINDOW_MS);
    assert.deepEqual(log.told, ["warn disk is full x3"]);
  });

  it("is told when it is forgotten because there are too many kinds (R3)", (context) => {
    const log = arrange(context);
    log.lines(11, "oldest");
    for (let at = 0; at < 500; at++) log.lines(1, `kind ${at}`);
    assert.deepEqual(log.told, ["oldest x1"]);
    assert.equal(log.lines(1, "oldest"), 1);
  });
});
