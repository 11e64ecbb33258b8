import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { always, openDouble } from "./support/double.ts";

const BASE = "/v1/host/parley/schedules";
const nightly = {
  scheduleId: "sch_1",
  workflowId: "report",
  triggerId: "t",
  state: "active",
  cron: "0 3 * * *",
  timezone: "Europe/Berlin",
  catchUp: "one",
  inputs: {},
  nextDueAt: "2026-01-02T02:00:00.000Z",
  createdAt: "2026-01-01T00:00:00.000Z",
};

describe("parley schedules list", () => {
  it("shows what runs when", async (t) => {
    const { nextDueAt: _, cron: _cron, timezone: _zone, ...rest } = nightly;
    const others = [
      { ...rest, scheduleId: "sch_2", state: "paused", everyMs: 90_000 },
      { ...rest, scheduleId: "sch_3", state: "ended", at: "2026-01-01T09:00:00.000Z" },
    ];
    const double = await openDouble(t, { [`GET ${BASE}`]: always({ schedules: [nightly, ...others] }) });
    const home = makeHome(t, double.url);
    const { out } = await cli(["schedules", "list", "--workflow", "report"], { home });
    assert.match(out, /^sch_1 {5}report {4}active {2}0 3 \* \* \* Europe\/Berlin +2026-01-02 02:00:00Z$/m);
    assert.match(out, /^sch_2 {5}report {4}paused {2}every 90 s/m);
    assert.match(out, /^sch_3 {5}report {4}ended {3}once at 2026-01-01 09:00:00Z/m);
    assert.equal(double.seen[0]?.query.get("workflowId"), "report");
    assert.deepEqual(jsonLines((await cli(["schedules", "list", "--json"], { home })).out), [nightly, ...others]);
  });

  it("says so when nothing runs by the clock", async (t) => {
    const double = await openDouble(t, { [`GET ${BASE}`]: always({ schedules: [] }) });
    const { code, out, err } = await cli(["schedules", "list"], { home: makeHome(t, double.url) });
    assert.deepEqual({ code, out }, { code: 0, out: "" });
    assert.match(err, /Nothing runs by the clock/);
  });
});

describe("parley schedules show", () => {
  it("tells what became of each slot", async (t) => {
    const slots = [
      { scheduledAt: "2026-01-04T02:00:00.000Z", outcome: "run", runId: "run_1", isCatchUp: true },
      {
        scheduledAt: "2026-01-02T02:00:00.000Z",
        outcome: "skipped-late",
        throughAt: "2026-01-03T02:00:00.000Z",
        count: 2,
      },
      {
        scheduledAt: "2026-01-01T02:00:00.000Z",
        outcome: "failed",
        error: { code: "not_found", message: "There is no workflow report." },
      },
    ];
    const double = await openDouble(t, { [`GET ${BASE}/sch_1`]: always({ ...nightly, slots }) });
    const home = makeHome(t, double.url);
    const { out } = await cli(["schedules", "show", "sch_1"], { home });
    assert.match(out, /^sch_1 {2}report {2}active {2}0 3 \* \* \* Europe\/Berlin {2}catch-up one$/m);
    assert.match(out, /^next {2}2026-01-02 02:00:00Z$/m);
    assert.match(out, /^2026-01-04 02:00:00Z +run, caught up +run_1$/m);
    assert.match(out, /^2026-01-02 02:00:00Z to 2026-01-03 02:00:00Z \(2\) +skipped-late/m);
    assert.match(out, /^2026-01-01 02:00:00Z +failed: There is no workflow report\./m);
    assert.deepEqual(jsonLines((await cli(["schedules", "show", "sch_1", "--json"], { home })).out), [
      { ...nightly, slots },
    ]);
  });
});

describe("parley schedules", () => {
  for (const { verb, answer, out } of [
    { verb: "pause", answer: { ...nightly, state: "paused", nextDueAt: undefined }, out: "sch_1  paused\n" },
    { verb: "resume", answer: nightly, out: "sch_1  active  2026-01-02 02:00:00Z\n" },
  ]) {
    it(`${verb} says how it stands now`, async (t) => {
      const double = await openDouble(t, { [`POST ${BASE}/sch_1/${verb}`]: always(answer) });
      const ended = await cli(["schedules", verb, "sch_1"], { home: makeHome(t, double.url) });
      assert.deepEqual({ code: ended.code, out: ended.out }, { code: 0, out });
    });
  }

  it("run prints the run it started", async (t) => {
    const double = await openDouble(t, { [`POST ${BASE}/sch_1/run-now`]: always({ runId: "run_9" }, 201) });
    const { out } = await cli(["schedules", "run", "sch_1"], { home: makeHome(t, double.url) });
    assert.equal(out, "run_9\n");
  });
});

describe("parley dead-letters", () => {
  const DEAD = "/v1/host/parley/dead-letters";
  const letter = {
    runId: "run_1",
    workflowId: "report",
    nodeId: "send",
    reason: "Node send failed 3 times, last with effect_failed.",
    attempts: 3,
    deadLetteredAt: "2026-01-02T03:04:05.678Z",
    expiresAt: "2026-02-01T03:04:05.678Z",
  };

  it("list shows what is broken", async (t) => {
    const double = await openDouble(t, { [`GET ${DEAD}`]: always({ deadLetters: [letter] }) });
    const home = makeHome(t, double.url);
    const { out } = await cli(["dead-letters", "list"], { home });
    assert.match(out, /^run_1 {2}report {4}send {2}2026-01-02 03:04:05Z {2}Node send failed 3 times/m);
    assert.deepEqual(jsonLines((await cli(["dead-letters", "list", "--json"], { home })).out), [letter]);
  });

  it("list says so when nothing is", async (t) => {
    const double = await openDouble(t, { [`GET ${DEAD}`]: always({ deadLetters: [] }) });
    const { err } = await cli(["dead-letters", "list"], { home: makeHome(t, double.url) });
    assert.equal(err, "No run used up its retries.\n");
  });

  it("show says why, and until when it is kept", async (t) => {
    const double = await openDouble(t, { [`GET ${DEAD}/run_1`]: always(letter) });
    const { out } = await cli(["dead-letters", "show", "run_1"], { home: makeHome(t, double.url) });
    assert.equal(out, `run_1  report  ${letter.reason}\nkept until 2026-02-01 03:04:05Z\n`);
  });

  it("redrive prints the run that tries again", async (t) => {
    const double = await openDouble(t, { [`POST ${DEAD}/run_1/redrive`]: always({ runId: "run_2" }, 201) });
    const { out } = await cli(["dead-letters", "redrive", "run_1"], { home: makeHome(t, double.url) });
    assert.equal(out, "run_2\n");
  });
});
