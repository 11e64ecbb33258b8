// How far an agent may go: steps, tokens, time and hand-overs. Whoever waits reads which bound ended it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "#protocol/json.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { testAgent, testRoster } from "../support/roster.ts";
import { type Chat, calls, countedTool, openChat, type Play, playedProvider, says } from "./support.ts";

const calm = () => openMemoryStore({ random: () => 0, maxTurns: 0 });

async function breachOf(chat: Chat, runId: string): Promise<JsonObject | undefined> {
  return (await chat.log(runId)).find(({ type }) => type === "cap.breached")?.payload;
}

describe("a turn that goes on for too long", () => {
  const look = () => countedTool("look");

  async function said(
    bounds: Partial<{ maxTokens: number; maxWallMs: number }>,
    play: Play,
    clock = { nowMs: Date.now },
  ) {
    const tool = look();
    const full = { maxRounds: 8, maxTokens: 1_000_000, maxWallMs: 600_000, ...bounds };
    const roster = testRoster(testAgent("host:assistant", { tools: [tool.toolId], bounds: full }));
    const provider = playedProvider(play);
    const chat = await openChat(calm(), { roster, provider, tools: [tool], clock });
    const { messageId, runId } = await chat.say("go");
    const notice = await chat.answerTo(messageId, "system");
    const breach = await breachOf(chat, runId);
    await chat.stop();
    return { notice: notice.text ?? "", breach, requests: provider.requests.length };
  }

  it("ends before the round that would begin above its tokens, those of questions and answers counted", async () => {
    // Fifteen tokens a call: ten of the question, five of the answer.
    const { notice, breach, requests } = await said({ maxTokens: 29 }, () => calls(["openwop_test_look", {}]));
    assert.equal(requests, 2);
    assert.match(notice, /Assistant stopped without an answer: it used too many tokens/);
    assert.deepEqual(breach, { kind: "budget-tokens", limit: 29, observed: 30, nodeId: "turn" });
  });

  it("ends when the time of its models and tools is up", async () => {
    let nowMs = 1_800_000_000_000;
    const play: Play = () => {
      nowMs += 4_000;
      return calls(["openwop_test_look", {}]);
    };
    const { notice, breach, requests } = await said({ maxWallMs: 7_999 }, play, { nowMs: () => nowMs });
    assert.equal(requests, 2);
    assert.match(notice, /Assistant stopped without an answer: it took too long/);
    assert.deepEqual(breach, { kind: "run-duration", limit: 7_999, observed: 8_000, nodeId: "turn" });
  });

  it("may answer with what it has: a bound ends rounds to come, never an answer that is there", async () => {
    const roster = testRoster(
      testAgent("host:assistant", { bounds: { maxRounds: 1, maxTokens: 1, maxWallMs: 600_000 } }),
    );
    const chat = await openChat(calm(), { roster, provider: playedProvider(() => says("There.")) });
    const { messageId } = await chat.say("go");
    assert.equal((await chat.answerTo(messageId)).text, "There.");
    await chat.stop();
  });
});

describe("the time of a turn", () => {
  it("is not that of the people and colleagues it waits for", async () => {
    let nowMs = 1_800_000_000_000;
    const bounds = { maxRounds: 8, maxTokens: 1_000_000, maxWallMs: 5_000 };
    const write = countedTool("write", { needsApproval: true });
    const roster = testRoster(
      testAgent("host:assistant", { delegates: ["host:worker"], tools: [write.toolId], bounds }),
      testAgent("host:worker", { role: "worker" }),
    );
    const play: Play = ({ agent, messages }) => {
      if (agent === "host:worker") {
        nowMs += 60_000;
        return says("Worked for a minute.");
      }
      const results = messages.filter(({ role }) => role === "tool").length;
      if (results === 0) return calls(["openwop_parley_delegate", { to: "host:worker", task: "work" }]);
      return results === 1 ? calls(["openwop_test_write", {}]) : says("All done.");
    };
    const clock = { nowMs: () => nowMs };
    const chat = await openChat(calm(), { roster, provider: playedProvider(play), tools: [write], clock });
    const { messageId } = await chat.say("go");
    const card = await chat.question();
    nowMs += 3_600_000;
    await chat.answer(card.runId, card.nodeId, { action: "accept" });
    assert.equal((await chat.answerTo(messageId)).text, "All done.");
    await chat.stop();
  });
});

describe("handing on", () => {
  const chain = ["assistant", "b", "c", "d", "e", "f"];

  it("ends at the fourth hand-over, and who may not hand on any more is told so", async () => {
    // Everyone hands on to the next: a roster that leads in a circle does not load.
    const agents = chain.map((name, at) => {
      const next = chain[at + 1];
      return testAgent(`host:${name}`, next === undefined ? {} : { delegates: [`host:${next}`] });
    });
    const provider = playedProvider(({ agent, messages }) => {
      const told = messages.at(-1);
      if (told?.role === "tool") return says(`${told.text}`);
      const next = chain[chain.indexOf((agent ?? "").replace("host:", "")) + 1];
      return calls(["openwop_parley_delegate", { to: `host:${next}`, task: "do it" }]);
    });
    const chat = await openChat(calm(), { roster: testRoster(...(agents as [never])), provider });
    const { messageId } = await chat.say("go");
    assert.match((await chat.answerTo(messageId)).text ?? "", /handed on too often already/);
    const asked = [...new Set(provider.requests.map(({ agent }) => agent))];
    assert.deepEqual(asked, ["host:assistant", "host:b", "host:c", "host:d", "host:e"]);
    await chat.stop();
  });

  for (const to of ["host:assistant", "host:stranger", "agent-worker", "", "host:worker "]) {
    it(`reaches colleagues only: not ${JSON.stringify(to)}`, async () => {
      const roster = testRoster(
        testAgent("host:assistant", { delegates: ["host:worker"] }),
        testAgent("host:worker", { role: "worker" }),
        testAgent("host:stranger", { role: "worker" }),
      );
      const provider = playedProvider((_request, call) =>
        call === 0 ? calls(["openwop_parley_delegate", { to, task: "do it" }]) : says("I cannot."),
      );
      const chat = await openChat(calm(), { roster, provider });
      const { messageId, runId } = await chat.say("go");
      assert.equal((await chat.answerTo(messageId)).text, "I cannot.");
      const returned = (await chat.log(runId)).find(({ type }) => type === "agent.toolReturned")?.payload;
      const { code } = (returned?.error ?? {}) as JsonObject;
      assert.deepEqual([returned?.status, code], ["error", "tool_arguments_invalid"]);
      const page = await chat.host.app.store.listRuns({ tenantId: "default" }, { limit: 10 });
      assert.equal(page.items.length, 1);
      await chat.stop();
    });
  }
});
