// Conversations inside a run: opened, exchanged while the node waits, closed with an outcome
// (interrupts-conversations.md §8, runs.md §6.6).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused, type LoggedEvent } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import type { Response } from "../support/http.ts";
import { answerByToken, tokenOf, waitingRun } from "../support/questions.ts";
import { conforms } from "../support/schemas.ts";
import { useDaemon } from "../support/suite.ts";

const host = useDaemon();

const channels = { conversation: { schema: { type: "array" }, reducer: "message" } };

function gateOf(id: string, config: object = {}, more: object = {}) {
  return workflow(id, { nodes: [{ id: "convo", typeId: "core.conversationGate", config }], more });
}

const talk = gateOf("conformance-talk", { prompt: "How can I help?" }, { channels });
const typed = gateOf("conformance-talk-typed", { schema: { type: "object", required: ["age"] } });
const council = gateOf("conformance-talk-council", {
  participants: ["host:cfo", { agentId: "host:cmo", name: "CMO" }],
});
const short = gateOf("conformance-talk-short", { timeoutMs: 50 }, { channels });
const beside = workflow("conformance-talk-beside", {
  nodes: [
    { id: "convo", typeId: "core.conversationGate" },
    { id: "gate", typeId: "core.approvalGate" },
  ],
});

function say(runId: string, content: unknown, rest: object = {}): Promise<Response> {
  return host.client.answer(runId, "convo", { operation: "exchange", turn: { content }, ...rest });
}

function close(runId: string, rest: object = {}): Promise<Response> {
  return host.client.answer(runId, "convo", { operation: "close", ...rest });
}

async function open(definition: { id: string }): Promise<string> {
  await host.client.register(definition);
  return waitingRun(host.client, definition.id);
}

const conversationEvents = (log: LoggedEvent[]) => log.filter(({ type }) => type.startsWith("conversation."));

describe("a conversation", () => {
  it("is advertised", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    assert.equal(body.conversationPrimitive, true);
    assert.deepEqual(body.multiPartyConversation, { supported: true, maxParticipants: 16 });
  });

  it("opens with its first turn, caused by the suspension, and waits for people", async () => {
    const runId = await open(talk);
    const snapshot = await host.client.snapshot(runId);
    assert.equal(snapshot.status, "waiting-approval");
    assert.equal(snapshot.interrupt.kind, "conversation.exchange");
    const log = await host.client.log(runId);
    const opened = log.find(({ type }) => type === "conversation.opened") as LoggedEvent;
    const suspended = log.filter(({ type }) => type === "node.suspended");
    assert.equal(opened.causationId, suspended[0]?.eventId);
    for (const { payload } of suspended) assert.equal(payload.reason, "conversation-input");
    assert.deepEqual(
      log.filter(({ type }) => type === "interrupt.requested").map(({ payload }) => payload.kind),
      ["conversation.start", "conversation.exchange"],
    );
    const { conversationId, initialTurn } = opened.payload;
    assert.equal(conversationId, `${runId}:convo:0`);
    assert.equal(initialTurn.content, "How can I help?");
    assert.equal(initialTurn.messageId, `${conversationId}:0:system`);
  });

  it("exchanges turns without going on, and goes on with the outcome when it is closed", async () => {
    const runId = await open(talk);
    for (const [at, content] of ["first", { any: ["json"] }].entries()) {
      const { status, body } = await say(runId, content);
      assert.equal(status, 200);
      assert.equal(body.status, "waiting-approval");
      assert.equal(body.conversation.operation, "exchange");
      assert.deepEqual(
        body.conversation.turns.map((turn: { turnIndex: number }) => turn.turnIndex),
        [at + 1],
      );
    }
    assert.ok(!(await host.client.log(runId)).some(({ type }) => type === "node.resumed"));
    const closed = await close(runId, { outcome: { booked: true } });
    assert.equal(closed.status, 200);
    assert.equal(closed.body.conversation.operation, "close");
    assert.equal(await host.client.ended(runId), "completed");
    const log = await host.client.log(runId);
    const events = conversationEvents(log);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["conversation.opened", "conversation.exchanged", "conversation.exchanged", "conversation.closed"],
    );
    for (const { payload } of events) conforms("conversation-event", payload);
    for (const [at, event] of events.entries()) {
      if (at > 0) assert.equal(event.causationId, events[at - 1]?.eventId);
      const turn = event.payload.turn ?? event.payload.initialTurn ?? event.payload.finalTurn;
      assert.equal(turn.turnIndex, at);
      conforms("conversation-turn", turn);
    }
    const types = log.map(({ type }) => type);
    assert.ok(types.indexOf("conversation.closed") < types.indexOf("node.resumed"));
    assert.deepEqual(log.find(({ type }) => type === "conversation.closed")?.payload.outcome, { booked: true });
    assert.deepEqual(log.find(({ type }) => type === "node.resumed")?.payload.resumeValue, { booked: true });
    assert.deepEqual(log.at(-1)?.payload.outputs.output, { booked: true });
    assert.ok(!types.some((type) => type.startsWith("clarification.")));
  });

  it("folds its turns into the workflow's channel, without the id of the run", async () => {
    const runId = await open(talk);
    await say(runId, "hello");
    await close(runId);
    await host.client.ended(runId);
    const { channels: shown } = await host.client.snapshot(runId);
    assert.deepEqual(
      shown.conversation.map((entry: { messageId: string; role: string }) => [entry.messageId, entry.role]),
      [
        ["convo:0:0:system", "system"],
        ["convo:0:1:user", "user"],
        ["convo:0:2:system", "system"],
      ],
    );
  });

  it("hands on the last turn where nobody names an outcome", async () => {
    const runId = await open(talk);
    await say(runId, "the last word");
    await close(runId);
    await host.client.ended(runId);
    const outputs = (await host.client.log(runId)).at(-1)?.payload.outputs;
    assert.equal(outputs.output.content, "the last word");
  });

  it("can be held and closed by token", async () => {
    const runId = await open(talk);
    const token = await tokenOf(host.client, runId);
    const turn = { operation: "exchange", turn: { content: "by link" } };
    assert.equal((await answerByToken(host.client, token, turn)).status, 200);
    assert.equal((await answerByToken(host.client, token, { operation: "close" })).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("takes a repeated exchange of one key once", async () => {
    const runId = await open(talk);
    const first = await say(runId, "once", { exchangeKey: "k1" });
    const again = await say(runId, "once", { exchangeKey: "k1" });
    assert.equal(again.status, 200);
    assert.deepEqual(again.body.conversation.turns, first.body.conversation.turns);
    const exchanged = (await host.client.log(runId)).filter(({ type }) => type === "conversation.exchanged");
    assert.equal(exchanged.length, 1);
  });

  it("keeps turns that are said at the same time apart", async () => {
    const runId = await open(talk);
    const answers = await Promise.all(["a", "b", "c", "d"].map((content) => say(runId, content)));
    for (const { status } of answers) assert.equal(status, 200);
    const log = await host.client.log(runId);
    assert.deepEqual(
      log.filter(({ type }) => type === "conversation.exchanged").map(({ payload }) => payload.turnIndex),
      [1, 2, 3, 4],
    );
  });
});

describe("a conversation refuses", () => {
  for (const { name, value, status = 400 } of [
    { name: "an empty turn", value: { operation: "exchange", turn: { content: "" } }, status: 422 },
    { name: "a blank turn", value: { operation: "exchange", turn: { content: " \n\t" } }, status: 422 },
    { name: "a turn without content", value: { operation: "exchange", turn: {} }, status: 422 },
    { name: "an exchange without turn", value: { operation: "exchange" } },
    { name: "another operation", value: { operation: "shout", turn: { content: "x" } } },
    { name: "no operation", value: { turn: { content: "x" } } },
    { name: "a plain text", value: "hello" },
    { name: "a turn of the system", value: { operation: "exchange", turn: { content: "x", role: "system" } } },
    { name: "an agent without a name", value: { operation: "exchange", turn: { content: "x", role: "agent" } } },
  ]) {
    it(`${name} with ${status}, and stays open`, async () => {
      const runId = await open(talk);
      assertRefused(await host.client.answer(runId, "convo", value), status, "validation_error");
      assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
      assert.equal((await say(runId, "and yet")).status, 200);
    });
  }

  it("a turn that does not fit the schema it opened with", async () => {
    const runId = await open(typed);
    assertRefused(await say(runId, { name: "Bo" }), 400, "validation_error");
    assert.equal((await say(runId, { age: 3 })).status, 200);
  });

  it("a speaker who takes no part", async () => {
    const runId = await open(council);
    const turn = (speakerId: string) => ({ operation: "exchange", turn: { content: "x", role: "agent", speakerId } });
    assertRefused(await host.client.answer(runId, "convo", turn("host:stranger")), 400, "validation_error");
    const { status, body } = await host.client.answer(runId, "convo", turn("host:cmo"));
    assert.equal(status, 200);
    assert.equal(body.conversation.turns[0].speakerId, "host:cmo");
    assert.equal(body.conversation.turns[0].from, "host:cmo");
  });

  it("more participants than can take part, when it is registered", async () => {
    const participants = Array.from({ length: 17 }, (_, at) => `host:${at}`);
    const response = await host.client.post("/v1/workflows", gateOf("conformance-crowd", { participants }));
    assertRefused(response, 400, "validation_error");
  });

  it("an exchange after the close: 400 while the run goes on, 409 when it is over", async () => {
    const runId = await open(beside);
    assert.equal((await close(runId)).status, 200);
    assertRefused(await say(runId, "too late"), 400, "validation_error");
    await host.client.answer(runId, "gate", { action: "accept" });
    await host.client.ended(runId);
    assertRefused(await say(runId, "much too late"), 409, "interrupt_already_resolved");
  });
});

describe("a conversation ends", () => {
  it("at its deadline: closed by the system without outcome, and the run fails", async () => {
    await host.client.register(short);
    const runId = await host.client.createRun(short.id);
    assert.equal(await host.client.ended(runId), "failed");
    const log = await host.client.log(runId);
    const closed = log.find(({ type }) => type === "conversation.closed");
    assert.equal(closed?.payload.outcome, null);
    assert.equal(closed?.payload.finalTurn.role, "system");
    assert.equal(log.at(-1)?.payload.error.code, "interrupt_timeout");
  });

  it("with its run: closed by the system before the cancel", async () => {
    const runId = await open(talk);
    await host.client.post(`/v1/runs/${runId}/cancel`);
    await host.client.ended(runId);
    const types = (await host.client.log(runId)).map(({ type }) => type);
    assert.ok(types.indexOf("conversation.closed") > 0);
    assert.ok(types.indexOf("conversation.closed") < types.indexOf("node.cancelled"));
    assertRefused(await say(runId, "hello?"), 422, "interrupt_cancelled");
  });
});

describe("a conversation that drives itself", () => {
  for (const { turnCount, turns } of [
    { turnCount: undefined, turns: 1 },
    { turnCount: 3, turns: 3 },
    { turnCount: 0, turns: 0 },
  ]) {
    it(`says ${turns} turns (turnCount ${turnCount}) and completes`, async () => {
      const config = {
        lifecycle: "open-exchange-close",
        mockAutoResume: true,
        ...(turnCount !== undefined && { turnCount }),
      };
      const definition = gateOf(`conformance-self-${turns}`, config, { channels });
      await host.client.register(definition);
      const runs = [await host.client.createRun(definition.id), await host.client.createRun(definition.id)];
      const shown: string[] = [];
      for (const runId of runs) {
        assert.equal(await host.client.ended(runId), "completed");
        const events = conversationEvents(await host.client.log(runId));
        assert.equal(events.at(0)?.type, "conversation.opened");
        assert.equal(events.at(-1)?.type, "conversation.closed");
        assert.equal(events.length, turns + 2);
        for (const { payload } of events) conforms("conversation-event", payload);
        shown.push(JSON.stringify((await host.client.snapshot(runId)).channels));
      }
      assert.equal(shown[0], shown[1], "the channel is the same to the byte, whatever the run");
      assert.equal(JSON.parse(shown[0] ?? "").conversation.length, turns + 2);
    });
  }
});
