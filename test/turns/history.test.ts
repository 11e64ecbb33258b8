// What of a thread enters the prompt of a turn: everything people and agents said before, in the order of the turns.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { retryMessage } from "#app/retry-message.ts";
import { stopThread } from "#app/stop-thread.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { testAgent, testRoster } from "../support/roster.ts";
import { calls, openChat, type Play, playedProvider, says } from "./support.ts";

const calm = () => openMemoryStore({ random: () => 0, maxTurns: 0 });

/** Who said what in a prompt, without the system's part. */
function talkOf({ messages }: { messages: readonly { role: string; text: string }[] } = { messages: [] }): string[][] {
  return messages.filter(({ role }) => role !== "system").map(({ role, text }) => [role, text]);
}

describe("the thread in a prompt", () => {
  const roster = testRoster(
    testAgent("host:assistant", { delegates: ["host:chief"] }),
    testAgent("host:chief", { role: "supervisor", workers: ["host:worker"] }),
    testAgent("host:worker", { role: "worker" }),
  );
  const decides = (turn: object) => says(JSON.stringify(turn));
  const asks = { decision: { kind: "ask-user", prompt: "Which city?" } };
  const ends = { decision: { kind: "terminate" }, answer: "Three days in Berlin." };

  for (const asked of ["host:chief", "host:assistant"]) {
    it(`has the answer to a question where it was given: before the reply it led to (asked of ${asked})`, async () => {
      const play: Play = ({ agent, messages }) => {
        const last = messages.at(-1);
        if (agent === "host:chief") return decides(/^Answer of the user/.test(last?.text ?? "") ? ends : asks);
        if (last?.text === "and now?") return says("Pack.");
        if (last?.role === "tool") return says("Three days in Berlin.");
        return calls(["openwop_parley_delegate", { to: "host:chief", task: "plan a trip" }]);
      };
      const provider = playedProvider(play);
      const chat = await openChat(calm(), { roster, provider });
      const first = await chat.say("plan a trip", "a", asked);
      await chat.question();
      await chat.say("Berlin", "b");
      await chat.answerTo(first.messageId);
      const second = await chat.say("and now?", "c", "host:assistant");
      await chat.answerTo(second.messageId);
      assert.deepEqual(talkOf(provider.requests.at(-1)), [
        ["user", "plan a trip"],
        ["user", "Berlin"],
        ["assistant", "Three days in Berlin."],
        ["user", "and now?"],
      ]);
      await chat.stop();
    });
  }

  it("keeps a message that was stopped, and puts the replies to those that waited behind their own", async () => {
    const held = Promise.withResolvers<void>();
    const inner = playedProvider(({ messages }) => says(`answer to ${messages.at(-1)?.text}`));
    const provider: typeof inner = {
      ...inner,
      async generate(request, onText, signal) {
        if (request.messages.at(-1)?.text === "one") {
          await Promise.race([held.promise, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
        }
        return inner.generate(request, onText, signal);
      },
    };
    const chat = await openChat(calm(), { roster: testRoster(testAgent("host:assistant")), provider });
    await chat.say("one");
    await chat.say("two");
    const third = await chat.say("three");
    await stopThread(chat.host.app, chat.host.call, "t1");
    await chat.answerTo(third.messageId);
    assert.deepEqual(
      talkOf(inner.requests.at(-2)),
      [
        ["user", "one"],
        ["user", "two"],
      ],
      "what was said later is no part of an earlier turn",
    );
    assert.deepEqual(talkOf(inner.requests.at(-1)), [
      ["user", "one"],
      ["user", "two"],
      ["assistant", "answer to two"],
      ["user", "three"],
    ]);
    await chat.stop();
  });

  it("has the latest answer to a message that was answered again", async () => {
    const provider = playedProvider((_request, call) => says(`answer ${call}`));
    const chat = await openChat(calm(), { roster: testRoster(testAgent("host:assistant")), provider });
    const { app, call } = chat.host;
    const first = await chat.say("one");
    await chat.ended(first.runId);
    const again = JSON.parse((await retryMessage(app, call, first.messageId)).body);
    await chat.ended(again.runId);
    const second = await chat.say("two");
    await chat.answerTo(second.messageId);
    assert.deepEqual(talkOf(provider.requests.at(-1)), [
      ["user", "one"],
      ["assistant", "answer 1"],
      ["user", "two"],
    ]);
    await chat.stop();
  });
});
