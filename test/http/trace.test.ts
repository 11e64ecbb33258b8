// Trace: where is my message? (host-surfaces.md §7.1)

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sayEvent } from "#app/trace-words.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { assertRefused } from "../support/client.ts";
import { useDaemon } from "../support/suite.ts";
import { newThread, Threads, threadsPath } from "../support/threads.ts";

const tracePath = (messageId: string) => `/v1/host/parley/messages/${messageId}/trace`;

interface Step {
  at: string;
  kind: string;
  text: string;
  runId?: string;
  nodeId?: string;
  eventId?: string;
  detail?: string;
}

describe("the trace of a message", () => {
  const host = useDaemon({});
  const threads = new Threads(host);
  const trace = async (messageId: string) => {
    const { status, body } = await host.client.get(tracePath(messageId));
    assert.equal(status, 200);
    return body as { messageId: string; threadId: string; runId: string; steps: Step[] };
  };

  it("goes from received to delivered, in the order of time and in plain sentences", async () => {
    const threadId = newThread();
    const { messageId, runId } = await threads.say(threadId, "hello");
    const { steps, ...ids } = await trace(messageId);
    assert.deepEqual(ids, { messageId, threadId, runId });
    const kinds = steps.map(({ kind }) => kind);
    for (const kind of ["received", "stored", "run", "step", "outbox", "delivered"])
      assert.ok(kinds.includes(kind), kind);
    assert.deepEqual(kinds.slice(0, 3), ["received", "stored", "run"]);
    assert.ok(kinds.indexOf("outbox") < kinds.indexOf("delivered"));
    for (const { at, text } of steps) {
      assert.equal(new Date(at).toISOString(), at);
      assert.match(text, /^[A-Z].*\.$/);
    }
    const times = steps.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted());
  });

  it("names the events of the run that it speaks of", async () => {
    const { messageId, runId } = await threads.say(newThread(), "hello");
    const { steps } = await trace(messageId);
    const log = await host.client.log(runId);
    const told = steps.filter(({ eventId }) => eventId !== undefined);
    assert.ok(told.length >= 4);
    for (const { eventId, at, nodeId } of told) {
      const event = log.find((candidate) => candidate.eventId === eventId);
      assert.deepEqual([at, nodeId], [event?.timestamp, event?.nodeId]);
    }
    assert.ok(steps.some(({ text }) => /^The run is done after \d/.test(text)));
  });

  it("of an answer is the trace of what it answers", async () => {
    const threadId = newThread();
    const { messageId } = await threads.say(threadId, "hello");
    const page = await threads.page(threadId);
    const answer = page.messages.at(-1) as { messageId: string };
    assert.deepEqual(await trace(answer.messageId), await trace(messageId));
  });

  it("shows each attempt, and leads to the newest run", async () => {
    const { messageId, runId } = await threads.say(newThread(), "hello");
    const again = await host.client.post(`/v1/host/parley/messages/${messageId}/retry`);
    assert.equal(await host.client.ended(again.body.runId), "completed");
    const { steps, runId: newest } = await trace(messageId);
    assert.equal(newest, again.body.runId);
    assert.deepEqual(
      steps.filter(({ kind }) => kind === "delivered").map((step) => step.runId),
      [runId, again.body.runId],
    );
    assert.equal(steps.filter(({ text }) => / is to answer( again)?\.$/.test(text)).length, 2);
  });

  describe("that agents work on together", () => {
    /** A turn whose second agent asks the person back; the ids of the message and of the answer. */
    async function askedBack(threadId: string) {
      const posted = async (text: string) => {
        const { status, body } = await host.client.post(`${threadsPath}/${threadId}/messages`, { text });
        assert.equal(status, 202);
        return body as { messageId: string; runId: string };
      };
      const first = await posted("plan something");
      const deadline = performance.now() + 5_000;
      for (;;) {
        const { body } = await host.client.get("/v1/host/parley/interrupts");
        if (body.interrupts.some((item: { threadId?: string }) => item.threadId === threadId)) break;
        assert.ok(performance.now() < deadline, "nobody asked back");
      }
      const reply = await posted("a picnic");
      assert.equal(await host.client.ended(first.runId), "completed");
      return { first, reply };
    }

    it("shows the steps of each of them, down to the question and its answer", async () => {
      const { first } = await askedBack(newThread());
      const { steps } = await trace(first.messageId);
      const runs = new Set(steps.flatMap(({ runId }) => runId ?? []));
      assert.ok(runs.size >= 3, "the turn, the chief's run and the researcher's");
      const texts = steps.map(({ text }) => text);
      for (const text of [
        "Assistant is to answer.",
        "Assistant uses delegate.",
        "Chief is asked to help.",
        "A question is asked.",
        "The question was answered by operator.",
        "Researcher is asked to help.",
        "Researcher uses notes.search.",
      ]) {
        assert.ok(texts.includes(text), `${text} in\n${texts.join("\n")}`);
      }
      const times = steps.map(({ at }) => at);
      assert.deepEqual(times, times.toSorted());
    });

    it("belongs to the person's answer as well, which is retried with the turn that it is part of", async () => {
      const { first, reply } = await askedBack(newThread());
      assert.deepEqual(await trace(reply.messageId), await trace(first.messageId));
      const again = await host.client.post(`/v1/host/parley/messages/${reply.messageId}/retry`);
      assert.deepEqual([again.status, again.body.messageId], [202, first.messageId]);
    });
  });

  it("shows nothing of another message of the thread", async () => {
    const threadId = newThread();
    const first = await threads.say(threadId, "first");
    const second = await threads.say(threadId, "second");
    const { steps } = await trace(first.messageId);
    assert.ok(steps.every(({ runId }) => runId !== second.runId));
    assert.equal(steps.filter(({ kind }) => kind === "delivered").length, 1);
  });

  it("is not found for what is no message, and needs a credential", async () => {
    assertRefused(await host.client.get(tracePath("msg_nothing")), 404, "not_found");
    assertRefused(await host.client.anonymous("GET", tracePath("msg_nothing")), 401, "unauthenticated");
  });

  it("begins with the arrival, however far the message has come", async () => {
    const threadId = newThread();
    const { body } = await host.client.post(`${threadsPath}/${threadId}/messages`, { text: "hello" });
    const { steps } = await trace(body.messageId);
    assert.deepEqual(
      steps.slice(0, 2).map(({ kind }) => kind),
      ["received", "stored"],
    );
  });
});

describe("an event in plain words", () => {
  const say = (type: string, payload: JsonObject, nodeId = "plan") =>
    sayEvent({ type, payload, nodeId } as unknown as RunEvent);
  const agentId = "private.parley.agents.chief";

  for (const { type, payload, text, detail } of [
    { type: "node.started", payload: { attempt: 0 }, text: "Step plan begins." },
    { type: "node.started", payload: { attempt: 2 }, text: "Step plan begins again (try 3)." },
    { type: "node.completed", payload: { durationMs: 1_540 }, text: "Step plan is done after 1.5 s." },
    {
      type: "node.failed",
      payload: { error: { message: "It broke." } },
      text: "Step plan failed.",
      detail: "It broke.",
    },
    {
      type: "node.retried",
      payload: { delayMs: 200, lastError: { message: "Busy." } },
      text: "Step plan did not work and is tried again in 200 ms.",
      detail: "Busy.",
    },
    { type: "node.suspended", payload: { kind: "approval" }, text: "Step plan waits: somebody must approve." },
    {
      type: "agent.toolCalled",
      payload: { agentId, toolName: "openwop:parley.notes.search", inputs: { query: "picnic" } },
      text: "Chief uses notes.search.",
      detail: '{"query":"picnic"}',
    },
    {
      type: "agent.toolReturned",
      payload: { agentId, toolName: "time", status: "error", error: { message: "No such zone." }, durationMs: 3 },
      text: "time did not work after 3 ms.",
      detail: "No such zone.",
    },
    { type: "agent.toolReturned", payload: { toolName: "time", status: "ok" }, text: "time answered." },
    {
      type: "runOrchestrator.decided",
      payload: { agentId, decision: { kind: "next-worker", nextWorkerIds: ["agent-scribe"] } },
      text: "Chief decided what is next.",
      detail: "next-worker: agent-scribe",
    },
    {
      type: "node.dispatched",
      payload: { childRunId: "run_1", childWorkflowId: "agent-chief" },
      text: "Work was handed to agent-chief.",
      detail: "run_1",
    },
    {
      type: "run.cancelled",
      payload: { cancelledBy: "operator", reason: "stopped" },
      text: "The run was stopped by operator.",
      detail: "stopped",
    },
    {
      type: "clarification.requested",
      payload: { questions: [{ id: "q", question: "Which day?" }] },
      text: "A question is asked.",
      detail: "Which day?",
    },
  ]) {
    it(`${type}: ${text}`, () => {
      assert.deepEqual(say(type, payload), { text, ...(detail !== undefined && { detail }) });
    });
  }

  it("is left out when nobody needs to read it, whatever its name", () => {
    for (const type of ["variable.changed", "acme.whatever", "constructor", "__proto__"]) {
      assert.equal(say(type, {}), undefined, type);
    }
  });

  it("cuts what is long, and never breaks a letter in two", () => {
    const said = say("node.failed", { error: { message: `${"x".repeat(299)}😀😀` } });
    assert.equal(said?.detail?.length, 301);
    assert.ok(said?.detail?.isWellFormed());
  });

  it("says something sensible of an event whose payload holds nothing", () => {
    const types = ["run.failed", "node.retried", "agent.toolCalled", "provider.usage", "cap.breached"];
    for (const type of types) assert.match(say(type, {})?.text ?? "", /^[A-Z].*\.$/, type);
  });
});
