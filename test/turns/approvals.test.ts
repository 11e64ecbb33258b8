// What a person is asked during a turn: one card for all calls of a round that need agreement, and whatever else happens
// while it is open.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stopThread } from "#app/stop-thread.ts";
import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { eventually } from "../support/host.ts";
import { testAgent, testRoster } from "../support/roster.ts";
import { type Chat, calls, countedTool, openChat, type Play, playedProvider, says } from "./support.ts";

const DAY_MS = 24 * 3_600_000;
const writeTool = () => countedTool("write", { needsApproval: true, effectClass: "keyed" });

interface Item {
  callId: string;
  arguments: JsonObject;
  argsHash: string;
}

/** Two writes and a look in the first round; whatever came of them is said in the second. */
const play: Play = ({ messages }) => {
  const last = messages.findLastIndex(({ role }) => role === "user");
  const told = messages.slice(last).flatMap((message) => (message.role === "tool" ? [message.text] : []));
  if (told.length > 0) return says(`Told: ${told.join(" | ")}`);
  if (messages[last]?.text !== "write both") return says("No tools needed.");
  return calls(
    ["openwop_test_write", { note: "first" }],
    ["openwop_test_look", {}],
    ["openwop_test_write", { note: "second" }],
  );
};

async function asked() {
  const look = countedTool("look");
  const write = writeTool();
  const tools = [look, write];
  const roster = testRoster(testAgent("host:assistant", { tools: tools.map(({ toolId }) => toolId) }));
  const store = openMemoryStore({ random: () => 0, maxTurns: 0 });
  const provider = playedProvider(play);
  const options = { roster, provider, tools };
  const chat = await openChat(store, options);
  const accepted = await chat.say("write both");
  const card = await chat.question();
  return { chat, card, accepted, look, write, store, options };
}

function itemsOf(card: { data: JsonObject }): Item[] {
  return (card.data.artifactData as unknown as { items: Item[] }).items;
}

async function returnedOf(chat: Chat, runId: string): Promise<Record<string, JsonObject>> {
  const returned = (await chat.log(runId)).filter(({ type }) => type === "agent.toolReturned");
  return Object.fromEntries(returned.map(({ payload }) => [String(payload.callId), payload]));
}

function codeOf(returned: JsonObject | undefined): unknown {
  return (returned?.error as JsonObject | undefined)?.code;
}

describe("two calls of one round that need agreement", () => {
  it("are one card with an item each, asked after what may be done at once", async () => {
    const { chat, card, accepted, look, write } = await asked();
    assert.deepEqual(
      itemsOf(card).map(({ callId, arguments: args, argsHash }) => [callId, args, argsHash]),
      [
        ["c0_0", { note: "first" }, sha256Hex(canonicalJson({ note: "first" }))],
        ["c0_2", { note: "second" }, sha256Hex(canonicalJson({ note: "second" }))],
      ],
    );
    assert.deepEqual([look.performed.length, write.performed.length], [1, 0]);
    const types = await chat.types(accepted.runId);
    assert.equal(types.filter((type) => type === "interrupt.requested").length, 1);
    assert.ok(types.indexOf("agent.toolReturned") < types.indexOf("node.suspended"));
    await chat.answer(card.runId, card.nodeId, { action: "accept" });
    await chat.answerTo(accepted.messageId);
    assert.deepEqual(
      write.performed.map(({ arguments: args }) => args.note),
      ["first", "second"],
    );
    await chat.stop();
  });

  it("may part ways: what was taken off the card is refused, what was changed is done as changed, under its new hash", async () => {
    const { chat, card, accepted, write } = await asked();
    const editedArtifactData = { items: [{ callId: "c0_2", arguments: { note: "third" } }] };
    await chat.answer(card.runId, card.nodeId, { action: "edit-accept", editedArtifactData });
    const reply = await chat.answerTo(accepted.messageId);
    assert.match(reply.text ?? "", /refused and not done.*\| .*\| \{"ok":true\}/);
    assert.deepEqual(
      write.performed.map(({ callId, arguments: args }) => [callId, args]),
      [["c0_2", { note: "third" }]],
    );
    const called = (await chat.log(accepted.runId)).filter(({ type }) => type === "agent.toolCalled");
    const changed = called.find(({ payload }) => payload.callId === "c0_2")?.payload;
    assert.deepEqual(changed?.inputs, { note: "third" });
    assert.equal(changed?.argsHash, sha256Hex(canonicalJson({ note: "third" })));
    assert.equal((await returnedOf(chat, accepted.runId)).c0_0?.status, "forbidden");
    await chat.stop();
  });

  it("are both refused when nobody agrees within a day, and the model is told that it was the time", async () => {
    const { chat, card, accepted, write, store, options } = await asked();
    store.crash();
    const later = { nowMs: () => Date.now() + DAY_MS + 1 };
    const next = await openChat(store.reopen(), { ...options, clock: later });
    const reply = await next.answerTo(accepted.messageId);
    assert.equal(reply.text?.match(/Nobody agreed to this in time/g)?.length, 2);
    assert.equal(write.performed.length, 0);
    const returned = await returnedOf(next, accepted.runId);
    for (const callId of ["c0_0", "c0_2"]) {
      assert.deepEqual([returned[callId]?.status, codeOf(returned[callId])], ["forbidden", "approval_expired"]);
    }
    assert.equal((await next.host.app.store.readInterrupt(card.interruptId))?.status, "expired");
    await chat.host.stop();
    await next.stop();
  });
});

describe("while a card waits", () => {
  const refusals: { name: string; value: Json }[] = [
    { name: "an edit that names a call twice", value: { items: [edited("c0_0"), edited("c0_0")] } },
    { name: "an edit that brings a call along", value: { items: [edited("c0_0"), edited("c7_7")] } },
  ];
  for (const { name, value } of refusals) {
    it(`${name} is refused, and the card stays`, async () => {
      const { chat, card } = await asked();
      const answer = { action: "edit-accept", editedArtifactData: value };
      await assert.rejects(chat.answer(card.runId, card.nodeId, answer), { code: "validation_error" });
      assert.equal((await chat.question()).interruptId, card.interruptId);
      await chat.stop();
    });
  }

  it("a message is no agreement: it waits behind the turn, and is answered after it", async () => {
    const { chat, card, accepted, write } = await asked();
    const second = await chat.say("yes, do it");
    assert.notEqual(second.runId, accepted.runId);
    assert.equal((await chat.host.app.store.readRun(second.runId))?.status, "pending");
    assert.equal((await chat.question()).interruptId, card.interruptId);
    assert.equal(write.performed.length, 0);
    await chat.answer(card.runId, card.nodeId, { action: "reject" });
    await chat.answerTo(accepted.messageId);
    assert.equal((await chat.answerTo(second.messageId)).text, "No tools needed.");
    assert.equal(write.performed.length, 0);
    await chat.stop();
  });

  it("a stop ends the turn and its card, and the message behind it has its turn", async () => {
    const { chat, card, accepted, write } = await asked();
    const second = await chat.say("and you?");
    const { app, call } = chat.host;
    await stopThread(app, call, "t1");
    assert.match((await chat.answerTo(accepted.messageId, "system")).text ?? "", /Stopped/);
    assert.equal((await chat.answerTo(second.messageId)).text, "No tools needed.");
    assert.equal((await app.store.readInterrupt(card.interruptId))?.status, "cancelled");
    await assert.rejects(chat.answer(card.runId, card.nodeId, { action: "accept" }));
    assert.equal(write.performed.length, 0);
    const types = await chat.types(accepted.runId);
    const ends = types.filter((type) => type === "agent.invocation.completed").length;
    assert.equal(ends, types.filter((type) => type === "agent.invocation.started").length);
    await eventually(async () => (await app.store.readRun(second.runId))?.status === "completed", "the second turn");
    await chat.stop();
  });
});

function edited(callId: string): Json {
  return { callId, arguments: { note: "changed" } };
}
