// P-1, P-2: the daemon dies with SIGKILL at every named place between a durable statement and what follows it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type StopPointName, stopPointNames } from "#runtime/stop-points.ts";
import { runCampaign } from "../../bench/chaos/campaign.ts";
import { checkStore } from "../../bench/chaos/check-store.ts";
import { Findings } from "../../bench/chaos/findings.ts";
import { testDaemon } from "./home.ts";

/** Early hits fall into the start of the process, later ones into its work. */
const hits = [1, 4];
const LOAD = { runActors: 3, threads: 2, meanPauseMs: 15 };
const TIMEOUT_MS = 120_000;

/** One campaign each: what was done before one kill is still being made good when the next one comes. */
const campaigns: Record<string, StopPointName[]> = {
  "what is written and acknowledged": [
    "store.before-write",
    "store.before-commit",
    "store.after-commit",
    "accept.committed",
  ],
  "effects and time": ["effect.started", "effect.performed", "timer.due", "schedule.due"],
  "runs of runs": ["child.started", "fork.page-written"],
  "what others are told": ["outbox.claimed", "outbox.handed-over", "webhook.due", "webhook.posted"],
};

describe("a daemon killed under load loses nothing and repeats nothing", () => {
  for (const [at, [subject, names]] of Object.entries(campaigns).entries()) {
    it(`${subject}: ${names.join(", ")}`, { timeout: TIMEOUT_MS }, async () => {
      const kills = hits.flatMap((hit) => names.map((name) => ({ how: "stop-point", name, hit }) as const));
      const report = await runCampaign({ kills, seed: 1_000 + at, load: LOAD });
      assert.deepEqual(report.findings, []);
      assert.deepEqual(report.missed, [], "the load passes the stop points");
      for (const name of names) assert.equal(report.stopPoints[name], hits.length, name);
      assert.ok(report.acknowledgedRuns > 0 && report.acknowledgedMessages > 0, "there was something to lose");
    });
  }

  it("at every place that has a name", () => {
    assert.deepEqual(Object.values(campaigns).flat().sort(), [...stopPointNames].sort());
  });
});

/** More commits than the making of a home can need. */
const MAX_FIRST_COMMITS = 20;

describe("a daemon killed while it makes its home", () => {
  for (const name of ["store.before-commit", "store.after-commit"] as const) {
    it(`at any pass of ${name} starts again as if nothing had been`, { timeout: TIMEOUT_MS }, async () => {
      let kills = 0;
      while (kills < MAX_FIRST_COMMITS && (await isKilledByFirstStart(`${name}:${kills + 1}`))) kills += 1;
      assert.ok(kills > 0 && kills < MAX_FIRST_COMMITS, `${kills} kills`);
    });
  }
});

/** False when the first start ends before that pass. After a kill the home must be good for a second start. */
async function isKilledByFirstStart(stopAt: string): Promise<boolean> {
  await using parley = await testDaemon();
  const { daemon, client } = parley;
  if ((await daemon.start({ stopAt })) === "ready") return false;
  assert.equal(await daemon.start(), "ready", daemon.log);
  assert.equal((await client.get("/v1/runs")).runs.length, 0);
  await daemon.stop();
  const findings = new Findings();
  await checkStore(daemon.home, findings);
  assert.deepEqual(findings.list, [], stopAt);
  return true;
}
