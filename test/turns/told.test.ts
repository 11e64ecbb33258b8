// What must not be passed over in silence: a call of a colleague that was cut off, a request that may be on the bill,
// an end without an answer.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "#protocol/json.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { eventually } from "../support/host.ts";
import { testAgent, testRoster } from "../support/roster.ts";
import { calls, countedTool, openChat, type Play, playedProvider, says } from "./support.ts";

const calm = () => openMemoryStore({ random: () => 0, maxTurns: 0 });

describe("a call that a colleague made and nobody saw the end of", () => {
  it("is told in the chat that the task came from (P-2)", async () => {
    const press = countedTool("press", { effectClass: "unkeyed" }, () => ({ outcome: "interrupted" }));
    const roster = testRoster(
      testAgent("host:assistant", { delegates: ["host:worker"] }),
      testAgent("host:worker", { role: "worker", tools: [press.toolId] }),
    );
    const play: Play = ({ agent, messages }) => {
      if (messages.at(-1)?.role === "tool") return says("Told.");
      if (agent === "host:worker") return calls(["openwop_test_press", {}]);
      return calls(["openwop_parley_delegate", { to: "host:worker", task: "press it" }]);
    };
    const chat = await openChat(calm(), { roster, provider: playedProvider(play), tools: [press] });
    const { messageId, runId } = await chat.say("go");
    await chat.answerTo(messageId);
    const told = (await chat.messages()).filter(({ role }) => role === "system");
    assert.deepEqual(
      told.map((message) => [message.inReplyTo, message.runId]),
      // It is no reply: nobody may take it for the end of the turn.
      [[undefined, runId]],
    );
    assert.match(told[0]?.text ?? "", /Interrupted while doing press/);
    await chat.stop();
  });
});

describe("requests to the model", () => {
  it("are all in the log when the process dies while one is repeated (P-9)", async () => {
    const roster = testRoster(testAgent("host:assistant"));
    const failure = {
      outcome: "failed",
      reason: "broken-off",
      message: "It broke off.",
      retryAfterMs: 0,
      unbilled: false,
    } as const;
    const store = calm();
    const dying = playedProvider((_request, call) => (call === 0 ? failure : says("Never heard.")));
    const asked = Promise.withResolvers<void>();
    const provider: typeof dying = {
      ...dying,
      async generate(request, onText, signal) {
        const result = await dying.generate(request, onText, signal);
        if (dying.requests.length < 2) return result;
        asked.resolve();
        return new Promise(() => undefined);
      },
    };
    const first = await openChat(store, { roster, provider });
    const { messageId, runId } = await first.say("hi");
    await asked.promise;
    store.crash();

    const second = await openChat(store.reopen(), { roster, provider: playedProvider(() => says("There.")) });
    assert.equal((await second.answerTo(messageId)).text, "There.");
    const usage = (await second.types(runId)).filter((type) => type.includes("usage"));
    assert.deepEqual(usage, ["parley.usage.unknown", "parley.usage.unknown", "provider.usage"]);
    await second.stop();
  });
});

describe("a supervisor that ends without an answer", () => {
  const roster = testRoster(
    testAgent("host:chief", { role: "supervisor", workers: ["host:worker"] }),
    testAgent("host:worker", { role: "worker" }),
  );
  const decides = (turn: JsonObject) => says(JSON.stringify(turn));

  it("is asked for one", async () => {
    const provider = playedProvider((_request, call) =>
      decides({ decision: { kind: "terminate" }, answer: call === 0 ? " " : "It is done." }),
    );
    const chat = await openChat(calm(), { roster, provider });
    const { messageId } = await chat.say("go", "a", "host:chief");
    assert.equal((await chat.answerTo(messageId)).text, "It is done.");
    assert.match(provider.requests[1]?.messages.at(-1)?.text ?? "", /terminate needs `answer`/);
    await chat.stop();
  });

  it("because a person said so, is told in words", async () => {
    const unsure = { kind: "next-worker", nextWorkerIds: ["agent-worker"], confidence: 0.1 };
    const chat = await openChat(calm(), {
      roster,
      provider: playedProvider(() => decides({ decision: unsure, task: "Something." })),
    });
    const { messageId } = await chat.say("go", "a", "host:chief");
    const question = await chat.question();
    await chat.answer(question.runId, question.nodeId, { kind: "terminate" });
    await eventually(async () => (await chat.messages()).some(({ inReplyTo }) => inReplyTo === messageId), "an end");
    assert.match((await chat.answerTo(messageId)).text ?? "", /ended here/);
    await chat.stop();
  });
});
