// P-1, P-2, P-3, P-5, P-9 of turns: the daemon dies with SIGKILL at moments nobody chose, and the model's line is bad.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { planRandomKills } from "../../../bench/chaos/plan.ts";
import { createRandom } from "../../../bench/chaos/random.ts";
import { type ChatLoad, runChatCampaign } from "../../../bench/chaos-chat/campaign.ts";

const KILLS = 6;
const LOAD: ChatLoad = { threads: 4, meanPauseMs: 15, faults: { refuse: 0.05, cut: 0.05 } };
const TIMEOUT_MS = 120_000;

describe("an agent whose daemon is killed at random moments", () => {
  const seed = Date.now() % 1_000_000_000;

  it(`loses nothing and repeats nothing (seed ${seed})`, { timeout: TIMEOUT_MS }, async () => {
    const report = await runChatCampaign({ kills: planRandomKills(KILLS, createRandom(seed)), seed, load: LOAD });
    assert.deepEqual(report.findings, []);
    assert.equal(report.kills, KILLS);
    assert.ok(report.answered > 0 && report.calls > 0, "there was something to lose");
  });
});
