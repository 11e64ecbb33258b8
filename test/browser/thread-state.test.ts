import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Message, PendingItem } from "../../console/src/api/types.ts";
import { type Item, layOut } from "../../console/src/chat/layout.ts";
import { emptyThread, evolve, type Outgoing, type ThreadEvent } from "../../console/src/chat/thread-state.ts";

const AT = Date.parse("2026-03-01T10:00:00Z");
const at = (second: number) => new Date(AT + second * 1_000).toISOString();

function asked(id: string, second = 0): Message {
  return { messageId: id, role: "user", text: `text of ${id}`, runId: `run-${id}`, at: at(second) };
}

function answered(id: string, second = 5, change: Partial<Message> = {}): Message {
  const reply = { messageId: `re-${id}`, role: "agent", text: "yes", runId: `run-${id}`, inReplyTo: id } as const;
  return { ...reply, at: at(second), ...change };
}

function question(id: string, second = 2): PendingItem {
  return { interruptId: id, runId: "run-child", nodeId: "turn", kind: "approval", data: {}, requestedAt: at(second) };
}

function outgoing(id: string): Outgoing {
  return { clientMessageId: `client-${id}`, text: `text of ${id}`, atMs: AT, standing: { kind: "sending" } };
}

const message = (one: Message): ThreadEvent => ({ type: "message", message: one });
const delta = (runId: string, offset: number, text: string): ThreadEvent => ({
  type: "delta",
  delta: { runId, offset, text },
});
const after = (...events: ThreadEvent[]) => events.reduce(evolve, emptyThread);

/** What stands in the conversation, in one word each, without the days. */
function shown(...events: ThreadEvent[]): string[] {
  return layOut(after(...events))
    .items.map(sketch)
    .filter((word) => word !== "day");
}

function sketch(item: Item): string {
  switch (item.kind) {
    case "day":
      return "day";
    case "message":
      return item.message.messageId;
    case "queued":
      return `queued ${item.message.messageId}`;
    case "card":
      return `card ${item.card.item.interruptId}`;
    case "live":
      return `live ${item.text}`;
    case "working":
      return item.isAsking ? "asking" : "working";
    case "outgoing":
      return `outgoing ${item.outgoing.clientMessageId}`;
  }
}

describe("what a thread shows", () => {
  it("stands once, whatever brings it (T1)", () => {
    const page: ThreadEvent = { type: "page", page: { messages: [asked("a"), answered("a")] }, older: false };
    assert.deepEqual(shown(page, message(asked("a")), message(answered("a"))), ["a", "re-a"]);
  });

  it("puts each answer behind what it answers, and what waits behind what is being done", () => {
    const two = [message(asked("a")), message(asked("b", 1))];
    assert.deepEqual(shown(...two), ["a", "working", "queued b"]);
    assert.deepEqual(shown(...two, message(answered("a"))), ["a", "re-a", "b", "working"]);
    assert.deepEqual(shown(...two, message(answered("a")), message(answered("b"))), ["a", "re-a", "b", "re-b"]);
  });

  it("shows one answer to several messages behind the last of them", () => {
    const both = answered("a", 5, { alsoAnswers: ["b"] });
    assert.deepEqual(shown(message(asked("a")), message(asked("b", 1)), message(both)), ["a", "b", "re-a"]);
  });

  it("replaces live text from its offset on, and ends it with the stored message (T2)", () => {
    const typing = [message(asked("a")), delta("run-a", 0, "One tw"), delta("run-a", 4, "two")];
    assert.deepEqual(shown(...typing), ["a", "live One two", "working"]);
    assert.deepEqual(shown(...typing, delta("run-a", 0, "Anew")), ["a", "live Anew", "working"]);
    assert.deepEqual(shown(...typing, message(answered("a"))), ["a", "re-a"]);
  });

  it("forgets live text over a gap: the stream tells it anew", () => {
    const gap: ThreadEvent = { type: "reconnected" };
    assert.deepEqual(shown(message(asked("a")), delta("run-a", 0, "half"), gap), ["a", "working"]);
  });

  it("shows a retried turn as working until it has its answer", () => {
    const done = [message(asked("a")), message(answered("a")), { type: "retrying", runId: "run-2" } as ThreadEvent];
    assert.deepEqual(shown(...done), ["a", "re-a", "working"]);
    const again = answered("a", 9, { messageId: "re-2", runId: "run-2" });
    assert.deepEqual(shown(...done, message(again)), ["a", "re-a", "re-2"]);
  });

  describe("of what is sent (T3)", () => {
    const sending: ThreadEvent = { type: "sending", outgoing: outgoing("a") };
    const accepted: ThreadEvent = { type: "accepted", clientMessageId: "client-a", messageId: "a" };

    it("is it, until the thread has it, in whichever order both are heard", () => {
      assert.deepEqual(shown(sending), ["outgoing client-a"]);
      assert.deepEqual(shown(sending, accepted), ["outgoing client-a"]);
      assert.deepEqual(shown(sending, accepted, message(asked("a"))), ["a", "working"]);
      assert.deepEqual(shown(sending, message(asked("a")), accepted), ["a", "working"]);
    });

    it("is only the one message when the same text was sent twice", () => {
      const twice = { ...outgoing("a"), clientMessageId: "client-2" };
      const events = [sending, { type: "sending", outgoing: twice } as ThreadEvent, message(asked("a"))];
      assert.deepEqual(shown(...events), ["a", "working", "outgoing client-2"]);
    });
  });

  describe("of questions (T4)", () => {
    const open = [message(asked("a")), { type: "question", item: question("q") } as ThreadEvent];
    const settled: ThreadEvent = {
      type: "settled",
      resolved: { interruptId: "q", runId: "run-child", nodeId: "turn", outcome: "expired" },
      nowMs: AT,
    };

    it("is an open one at the end, and a settled one where it was asked", () => {
      assert.deepEqual(shown(...open), ["a", "card q", "asking"]);
      assert.deepEqual(shown(...open, settled, message(answered("a"))), ["a", "card q", "re-a"]);
    });

    it("keeps the person's own outcome when the stream tells of it too", () => {
      const own: ThreadEvent = {
        type: "answered",
        interruptId: "q",
        outcome: { text: "You did", tone: "ok", atMs: AT },
      };
      assert.equal(after(...open, own, settled).cards[0]?.outcome?.text, "You did");
      assert.equal(after(...open, settled, own).cards[0]?.outcome?.text, "You did");
    });

    it("says of one that was settled in a gap that it is over", () => {
      const gone: ThreadEvent = { type: "open-questions", ids: [], nowMs: AT };
      assert.equal(after(...open, gone).cards[0]?.outcome?.tone, "neutral");
      const still: ThreadEvent = { type: "open-questions", ids: ["q"], nowMs: AT };
      assert.equal(after(...open, still).cards[0]?.outcome, undefined);
    });
  });
});
