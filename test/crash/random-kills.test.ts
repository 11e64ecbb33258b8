// P-1, P-2, P-3: the daemon dies with SIGKILL at moments nobody chose.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runCampaign } from "../../bench/chaos/campaign.ts";
import { planRandomKills } from "../../bench/chaos/plan.ts";
import { createRandom } from "../../bench/chaos/random.ts";

const KILLS = 8;
const LOAD = { runActors: 4, threads: 3, meanPauseMs: 20 };
const TIMEOUT_MS = 120_000;

describe("a daemon killed at random moments", () => {
  const seed = Date.now() % 1_000_000_000;

  it(`loses nothing and repeats nothing (seed ${seed})`, { timeout: TIMEOUT_MS }, async () => {
    const report = await runCampaign({ kills: planRandomKills(KILLS, createRandom(seed)), seed, load: LOAD });
    assert.deepEqual(report.findings, []);
    assert.equal(report.kills, KILLS);
    assert.ok(report.acknowledgedRuns > 0 && report.acknowledgedMessages > 0, "there was something to lose");
    assert.ok(report.effects.logical > 0 && report.questions > 0, "effects and questions were among it");
  });
});
