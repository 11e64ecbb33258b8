// Tools that are cut off: by the end of the process, and by their deadline. What may be repeated is repeated under its
// own id; what may not is told as interrupted, never done again (P-2).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stopThread } from "#app/stop-thread.ts";
import type { Tool } from "#ports/tools.ts";
import type { JsonObject } from "#protocol/json.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { eventually } from "../support/host.ts";
import { testAgent, testRoster } from "../support/roster.ts";
import { type Chat, calls, countedTool, openChat, type Play, playedProvider, says } from "./support.ts";

const play: Play = ({ messages }) =>
  messages.at(-1)?.role === "tool" ? says(String(messages.at(-1)?.text)) : calls(["openwop_test_press", {}]);

/** A tool that does not come back the first time, and keeps the signals by which it is told to stop. */
function hanging(rest: Partial<Tool>) {
  const tool = Object.assign(countedTool("press", rest), { signals: [] as AbortSignal[] });
  const { perform } = tool;
  tool.perform = async (invocation, signal) => {
    tool.signals.push(signal);
    const answered = perform(invocation, signal);
    if (tool.performed.length > 1) return answered;
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  return tool;
}

async function pressed(rest: Partial<Tool>) {
  const tool = hanging(rest);
  const roster = testRoster(testAgent("host:assistant", { tools: [tool.toolId] }));
  const store = openMemoryStore({ random: () => 0, maxTurns: 0 });
  const options = { roster, provider: playedProvider(play), tools: [tool] };
  const chat = await openChat(store, options);
  const { messageId, runId } = await chat.say("press it");
  await eventually(async () => tool.performed.length > 0, "the call");
  return { tool, store, options, chat, messageId, runId };
}

async function endOf(chat: Chat, runId: string): Promise<JsonObject | undefined> {
  return (await chat.log(runId)).find(({ type }) => type === "agent.toolReturned")?.payload;
}

function codeOf(returned: JsonObject | undefined): unknown {
  return (returned?.error as JsonObject | undefined)?.code;
}

describe("a tool that was under way when the process died", () => {
  it("is not called again when nobody can tell whether it happened: model and person are told", async () => {
    const { tool, store, options, messageId, runId } = await pressed({ effectClass: "unkeyed" });
    store.crash();
    const next = await openChat(store.reopen(), options);
    const reply = await next.answerTo(messageId);
    assert.equal(tool.performed.length, 1);
    assert.match(reply.text ?? "", /^Interrupted while doing press/);
    assert.equal(codeOf(await endOf(next, runId)), "interrupted");
    const told = (await next.messages()).filter(({ role }) => role === "system");
    assert.equal(told.length, 1);
    await next.stop();
  });

  it("is called again, under the same id, when it says that this does no harm", async () => {
    const { tool, store, options, messageId } = await pressed({ effectClass: "keyed" });
    store.crash();
    const next = await openChat(store.reopen(), options);
    assert.equal((await next.answerTo(messageId)).text, '{"ok":true}');
    const ids = tool.performed.map(({ effectId }) => effectId);
    assert.equal(ids.length, 2);
    assert.equal(new Set(ids).size, 1);
    await next.stop();
  });
});

describe("a tool that does not come back before its deadline", () => {
  for (const { effectClass, code } of [
    { effectClass: "unkeyed", code: "interrupted" },
    { effectClass: "read", code: "effect_failed" },
  ] as const) {
    it(`is over, and the turn goes on: ${effectClass} is ${code}`, async () => {
      const { tool, chat, messageId, runId } = await pressed({ effectClass, timeoutMs: 20 });
      await chat.answerTo(messageId);
      assert.equal(codeOf(await endOf(chat, runId)), code);
      assert.equal(tool.performed.length, 1);
      await chat.stop();
    });
  }
});

it("a tool whose turn is stopped is told to stop", async () => {
  const { tool, chat, messageId } = await pressed({ effectClass: "read" });
  await stopThread(chat.host.app, chat.host.call, "t1");
  await chat.answerTo(messageId, "system");
  await eventually(async () => tool.signals[0]?.aborted === true, "the end of the tool");
  await chat.stop();
});
