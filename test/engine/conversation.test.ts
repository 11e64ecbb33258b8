// Conversations: what the gate writes, and what it adds up to (interrupts-conversations.md §8).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkAnswer } from "#engine/answers.ts";
import { MAX_TURNS } from "#engine/conversation/answers.ts";
import { type Conversation, entryOf, turnOf } from "#engine/conversation/conversation.ts";
import { fold } from "#engine/evolve.ts";
import { initialState, type OpenInterrupt, statusOf } from "#engine/state.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { Driver, edge, environmentOf, node, startOf, workflow } from "./support.ts";

const channels: WorkflowDefinition["channels"] = { conversation: { reducer: "message" } };
const gate = (config: JsonObject = {}) => node("convo", "core.conversationGate", { config });
const exchange = (content: Json) => ({ operation: "exchange", turn: { role: "user", content } });

describe("a conversation gate", () => {
  it("stays suspended while turns are exchanged, and goes on once", () => {
    const driver = new Driver(workflow([gate(), node("next")], [edge("convo", "next")], { channels })).begin();
    driver.answer("convo", exchange("a"));
    driver.answer("convo", exchange("b"));
    assert.equal(statusOf(driver.state), "waiting-approval");
    assert.equal(driver.state.nodes.has("next"), false);
    driver.answer("convo", { operation: "close", outcome: 7 });
    assert.equal(driver.types.filter((type) => type === "node.resumed").length, 1);
    assert.equal(driver.state.nodes.get("next")?.status, "completed");
    assert.equal(driver.state.nodes.get("convo")?.outputs?.output, 7);
    assert.equal((driver.state.channels.get("conversation") as Json[]).length, 4);
  });

  it("folds to the same state from any prefix", () => {
    const driver = new Driver(workflow([gate()], [], { channels })).begin();
    driver.answer("convo", exchange("a"));
    driver.answer("convo", { operation: "close" });
    for (const { events, state } of driver.checkpoints) {
      assert.deepEqual(fold(initialState(driver.start, driver.graph.defaults), driver.log.slice(0, events)), state);
    }
  });

  it("writes no channel that the workflow does not declare", () => {
    const driver = new Driver(workflow([gate()])).begin();
    driver.answer("convo", exchange("a"));
    assert.ok(!driver.types.includes("channel.written"));
    assert.equal(driver.state.variables.has("conversation"), false);
  });

  it("is closed by a deadline of the whole conversation, not of a turn", () => {
    const driver = new Driver(workflow([gate({ timeoutMs: 100 })])).begin();
    driver.nowMs += 90;
    driver.answer("convo", exchange("a"));
    driver.fireNext();
    assert.equal(driver.nowMs, 1_100);
    assert.equal(driver.state.error?.code, "interrupt_timeout");
    const closed = driver.log.find(({ type }) => type === "conversation.closed")?.payload;
    assert.equal(closed?.outcome, null);
    assert.equal(closed?.turnIndex, 2);
  });

  it("says nothing after it was closed, also when the run ends after that", () => {
    const driver = new Driver(workflow([gate(), node("other", "core.approvalGate")])).begin();
    driver.answer("convo", { operation: "close" });
    driver.give({ type: "cancel", reason: "stop", by: "anna" });
    assert.equal(driver.types.filter((type) => type === "conversation.closed").length, 1);
  });
});

describe("an entry of the channel", () => {
  it("is the same whatever the run is called", () => {
    const entries = ["run_1", "run_other"].map((runId) => {
      const driver = new Driver(workflow([gate({ mockAutoResume: true })], [], { channels }), startOf({}, { runId }));
      return driver.begin().state.channels.get("conversation");
    });
    assert.deepEqual(entries[0], entries[1]);
  });

  it("names the speaker of an agent's turn", () => {
    const turn = turnOf("run_1:c:0", 3, { role: "agent", speakerId: "host:cfo", content: "no", ts: 5 });
    assert.deepEqual(entryOf("run_1", turn), {
      messageId: "c:0:3:agent",
      role: "assistant",
      content: "no",
      agentId: "host:cfo",
      timestamp: "1970-01-01T00:00:00.005Z",
    });
  });
});

describe("what may be said", () => {
  const interrupt: OpenInterrupt = {
    interruptId: "int_1",
    kind: "conversation.exchange",
    key: "k",
    data: { conversationId: "c", prompt: "p" },
    requestedMs: 0,
    votes: [],
  };
  const answerer = { principal: "anna", at: "2026-01-01T00:00:00.000Z" };

  it("ends at the bound of a conversation, but it can still be closed", () => {
    const turn = turnOf("c", 0, { role: "user", content: "x", ts: 0 });
    const turns = Array.from({ length: MAX_TURNS + 1 }, () => turn);
    const full: Conversation = { conversationId: "c", turns, lastEventId: "evt", closed: false };
    const check = (value: Json) => checkAnswer(environmentOf(), interrupt, value, answerer, full).ok;
    assert.equal(check(exchange("one more")), false);
    assert.equal(check({ operation: "close" }), true);
  });

  it("has only the members of a turn", () => {
    const turn = { content: "x", turnIndex: 99, messageId: "mine", ts: 1, from: "boss", agent: { agentId: "a" } };
    const checked = checkAnswer(environmentOf(), interrupt, { operation: "exchange", turn }, answerer);
    assert.deepEqual(checked, { ok: true, answer: { operation: "exchange", turn: { role: "user", content: "x" } } });
  });
});
