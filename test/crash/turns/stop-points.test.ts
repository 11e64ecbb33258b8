// P-1, P-2, P-3, P-9 of a turn: the daemon dies with SIGKILL at every named place that a turn with tools and approvals
// passes, and every message still comes to one end.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ChatLoad, chatStopPoints, runChatCampaign } from "../../../bench/chaos-chat/campaign.ts";

/** Early passes fall into the start and its recovery, later ones into the turns. */
const hits = [1, 4, 9];
/** Every message asks for tools side by side, and for a person's agreement or a colleague. */
const LOAD: ChatLoad = {
  threads: 2,
  meanPauseMs: 5,
  kinds: ["accept", "delegate-accept", "refuse", "delegate-risky"],
  faults: { refuse: 0, cut: 0 },
};
/** One turn after the other: a model call, four tool calls side by side, a model call. */
const TOOLS_LOAD: ChatLoad = { threads: 1, meanPauseMs: 5, kinds: ["tools"], faults: { refuse: 0, cut: 0 } };
/** The passes of the four tool calls, when nothing was left to be recovered; with leftovers, others of the six. */
const toolPasses = [2, 3, 4, 5];
const TIMEOUT_MS = 120_000;

describe("an agent whose daemon is killed in the middle of its turns finishes each of them once", () => {
  for (const hit of hits) {
    it(`at pass ${hit} of every stop point`, { timeout: TIMEOUT_MS }, async () => {
      const kills = chatStopPoints.map((name) => ({ how: "stop-point", name, hit }) as const);
      const report = await runChatCampaign({ kills, seed: 2_000 + hit, load: LOAD });
      assert.deepEqual(report.findings, []);
      assert.deepEqual(report.missed, [], "the turns pass the stop point");
      assert.deepEqual(Object.keys(report.stopPoints).toSorted(), chatStopPoints.toSorted());
      assert.equal(report.notAnswered, 0, "nothing but the kills went wrong");
      assert.ok(report.answered > 0 && report.cards > 0 && report.calls > 0, "there was something to lose");
    });
  }

  it("before and after each of its tool calls", { timeout: TIMEOUT_MS }, async () => {
    const kills = (["effect.started", "effect.performed"] as const).flatMap((name) =>
      toolPasses.map((hit) => ({ how: "stop-point", name, hit }) as const),
    );
    const report = await runChatCampaign({ kills, seed: 3_000, load: TOOLS_LOAD });
    assert.deepEqual(report.findings, []);
    assert.deepEqual(report.missed, [], "the turns pass the stop points");
    assert.ok(report.interrupted > 0, "a call that must not be repeated was cut off");
  });
});
