// One turn of an agent: what the person reads, what the model is asked, what the log says, in this order.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cancelRun } from "#app/runs.ts";
import type { ModelRequest } from "#ports/model.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { eventually } from "../support/host.ts";
import { testAgent, testRoster } from "../support/roster.ts";
import { eventConforms } from "../support/schemas.ts";
import { type Chat, calls, countedTool, openChat, type Play, playedProvider, says } from "./support.ts";

const calm = () => openMemoryStore({ random: () => 0, maxTurns: 0 });
const ASSISTANT = "private.parley.agents.assistant";

async function chatWith(play: Play, tools: ReturnType<typeof countedTool>[] = []) {
  const provider = playedProvider(play);
  const assistant = testAgent("host:assistant", { tools: tools.map((tool) => tool.toolId) });
  const chat = await openChat(calm(), { roster: testRoster(assistant), provider, tools });
  return { chat, provider };
}

/** Types and payloads of the agent's events, without what differs from run to run. */
async function agentEvents(chat: Chat, runId: string): Promise<string[]> {
  return (await chat.types(runId)).filter((type) => /^(agent|provider|parley|runOrchestrator)\./.test(type));
}

describe("a turn that only talks", () => {
  it("is two commits, and leaves the reasoning events in the contract's order", async () => {
    const { chat } = await chatWith(() => says("Hello."));
    const { messageId, runId } = await chat.say("hi");
    const reply = await chat.answerTo(messageId);
    assert.equal(reply.text, "Hello.");
    assert.equal(reply.agent, "host:assistant");
    assert.deepEqual(await chat.types(runId), [
      "run.started",
      "node.started",
      "agent.invocation.started",
      "agent.promptResolved",
      "provider.usage",
      "agent.reasoned",
      "agent.decided",
      "agent.invocation.completed",
      "node.completed",
      "run.completed",
    ]);
    const batches = await chat.host.app.store.readLog(runId, 0);
    assert.equal(batches.length, 2);
    for (const event of await chat.log(runId)) {
      if (event.type.startsWith("agent.") && event.type !== "agent.promptResolved")
        assert.equal(event.payload.agentId, ASSISTANT, event.type);
    }
    await chat.stop();
  });

  it("asks the model with the thread so far", async () => {
    const { chat, provider } = await chatWith((_request, call) => says(`answer ${call}`));
    const first = await chat.say("one");
    await chat.answerTo(first.messageId);
    const second = await chat.say("two");
    await chat.answerTo(second.messageId);
    assert.deepEqual(provider.requests[1]?.messages, [
      { role: "system", text: "You are assistant." },
      { role: "user", text: "one" },
      { role: "assistant", text: "answer 0" },
      { role: "user", text: "two" },
    ]);
    await chat.stop();
  });

  const failures = [
    { name: "an empty answer", play: says(""), says: /empty answer/ },
    { name: "a refusal", play: { finishReason: "refused", text: "" }, says: /declined/ },
    {
      name: "a wrong key",
      play: { outcome: "failed", reason: "unauthorized", message: "The key was refused.", unbilled: true },
      says: /The key was refused\. The model is set in the console under Settings, or with `npx parley setup`\./,
    },
    {
      name: "an answer that was all thinking",
      play: { finishReason: "length", text: "" },
      says: /used up the length of one answer/,
    },
  ] as const;
  for (const failure of failures) {
    it(`ends with a notice that says why: ${failure.name}`, async () => {
      const { chat } = await chatWith(() => failure.play as ReturnType<Play>);
      const { messageId, runId } = await chat.say("hi");
      const notice = await chat.answerTo(messageId, "system");
      assert.match(notice.text ?? "", failure.says);
      assert.equal((await chat.types(runId)).filter((type) => type === "agent.invocation.completed").length, 1);
      assert.equal((await chat.host.app.store.readRun(runId))?.status, "failed");
      await chat.stop();
    });
  }

  it("says that an answer was cut off", async () => {
    const { chat } = await chatWith(() => ({ ...says("Once upon a"), finishReason: "length" }));
    const { messageId } = await chat.say("hi");
    assert.equal((await chat.answerTo(messageId)).text, "Once upon a");
    const notices = (await chat.messages()).filter(({ role }) => role === "system");
    assert.deepEqual(
      notices.map(({ text, inReplyTo }) => [text?.slice(0, 26), inReplyTo]),
      [["The answer was cut off: it", undefined]],
    );
    await chat.stop();
  });

  it("asks a provider that wants to be left alone for long only once, counts it, and says for how long", async () => {
    const { chat, provider } = await chatWith(() => ({
      outcome: "failed",
      reason: "rate-limited",
      message: "Wait 60 minutes.",
      retryAfterMs: 3_600_000,
      usage: { inputTokens: 0, outputTokens: 0 },
      unbilled: true,
    }));
    const { messageId, runId } = await chat.say("hi");
    assert.match((await chat.answerTo(messageId, "system")).text ?? "", /Wait 60 minutes\./);
    assert.equal(provider.requests.length, 1);
    const usage = (await chat.log(runId)).filter(({ type }) => type.includes("usage"));
    assert.deepEqual(
      usage.map(({ type, payload: { inputTokens, outputTokens } }) => [type, inputTokens, outputTokens]),
      [["provider.usage", 0, 0]],
    );
    await chat.stop();
  });

  it("counts a call that nobody saw the end of, and says where it failed", async () => {
    const provider = playedProvider(() => says("Never heard."));
    provider.generate = async () => {
      throw new Error("the adapter is broken");
    };
    const chat = await openChat(calm(), { roster: testRoster(testAgent("host:assistant")), provider });
    const { messageId, runId } = await chat.say("hi");
    assert.match((await chat.answerTo(messageId, "system")).text ?? "", /failed inside parley; the log says why/);
    const usage = (await chat.types(runId)).filter((type) => type.includes("usage"));
    assert.deepEqual(usage, ["parley.usage.unknown"]);
    await chat.stop();
  });

  it("repeats a call that broke off, and counts every request", async () => {
    const { chat, provider } = await chatWith((_request, call) =>
      call === 0
        ? { outcome: "failed", reason: "broken-off", message: "The line dropped.", unbilled: false }
        : says("There."),
    );
    const { messageId, runId } = await chat.say("hi");
    assert.equal((await chat.answerTo(messageId)).text, "There.");
    assert.equal(provider.requests.length, 2);
    assert.equal(provider.requests[0]?.requestId, provider.requests[1]?.requestId);
    assert.deepEqual(
      (await agentEvents(chat, runId)).filter((type) => type.includes("usage")),
      ["parley.usage.unknown", "provider.usage"],
    );
    await chat.stop();
  });
});

describe("the agent that a turn names", () => {
  it("is the one that stands in the workflow it runs, also while the roster has a newer one already", async () => {
    const now = { agent: testAgent("host:assistant") };
    const find = () => now.agent;
    const roster = { list: () => [now.agent], get: find, defaultAgent: find };
    const chat = await openChat(calm(), { roster, provider: playedProvider(() => says("Hello.")) });
    const pinned = now.agent.manifestHash;
    now.agent = testAgent("host:assistant", { persona: "Other", manifestHash: "2".repeat(64) });
    const { runId, messageId } = await chat.say("hi");
    await chat.answerTo(messageId);
    const { agent } = (await chat.host.app.store.readRun(runId))?.start ?? {};
    const begun = (await chat.log(runId)).find(({ type }) => type === "agent.invocation.started");
    assert.deepEqual([agent?.name, agent?.version], ["Assistant", pinned]);
    assert.equal(begun?.payload.resolvedAgentVersion, pinned);
    await chat.stop();
  });
});

describe("a turn that calls tools", () => {
  it("runs the calls of a round side by side, and shows the model every result", async () => {
    const look = countedTool("look", {}, () => ({ outcome: "done", value: { found: 2 } }));
    const fail = countedTool("fail", {}, () => ({ outcome: "failed", message: "the shelf is empty" }));
    const play: Play = (_request, call) =>
      call === 0 ? calls(["openwop_test_look", { note: "a" }], ["openwop_test_fail", {}]) : says("Done.");
    const { chat, provider } = await chatWith(play, [look, fail]);
    const { messageId, runId } = await chat.say("go");
    assert.equal((await chat.answerTo(messageId)).text, "Done.");
    assert.deepEqual(provider.requests[1]?.messages.slice(2), [
      {
        role: "assistant",
        text: "",
        toolCalls: [
          { callId: "c0_0", name: "openwop_test_look", arguments: { note: "a" } },
          { callId: "c0_1", name: "openwop_test_fail", arguments: {} },
        ],
      },
      { role: "tool", callId: "c0_0", name: "openwop_test_look", text: '{"found":2}' },
      { role: "tool", callId: "c0_1", name: "openwop_test_fail", text: "the shelf is empty", failed: true },
    ]);
    const log = await chat.log(runId);
    for (const returned of log.filter((event) => event.type === "agent.toolReturned")) {
      const called = log.find(
        (event) => event.type === "agent.toolCalled" && event.payload.callId === returned.payload.callId,
      );
      assert.equal(returned.causationId, called?.eventId);
      assert.ok((called?.sequence ?? 0) < returned.sequence);
    }
    assert.equal(look.performed.length, 1);
    await chat.stop();
  });

  const refused = [
    { name: "a tool it may not use", call: ["openwop_parley_shell", {}], status: "forbidden", says: /may not use/ },
    { name: "a tool without a name", call: ["", {}], status: "forbidden", says: /may not use/ },
    { name: "arguments that do not fit", call: ["openwop_test_look", { note: 7 }], status: "error", says: /string/ },
  ] as const;
  for (const { name, call, status, says: pattern } of refused) {
    it(`does not do what it must not: ${name}`, async () => {
      const look = countedTool("look");
      const play: Play = (_request, at) => (at === 0 ? calls([call[0], call[1]]) : says("I cannot."));
      const { chat, provider } = await chatWith(play, [look]);
      const { messageId, runId } = await chat.say("go");
      await chat.answerTo(messageId);
      const returned = (await chat.log(runId)).find((event) => event.type === "agent.toolReturned");
      assert.equal(returned?.payload.status, status);
      for (const event of await chat.log(runId)) eventConforms(event);
      const told = provider.requests[1]?.messages.at(-1);
      assert.ok(told?.role === "tool" && told.failed === true);
      assert.match(told.text, pattern);
      assert.equal(look.performed.length, 0);
      await chat.stop();
    });
  }

  it("keeps a long result beside the log, and still shows it to the model", async () => {
    // The cut falls into a character of two units.
    const long = "\u{1F9FA}".repeat(10_000);
    const read = countedTool("read", {}, () => ({ outcome: "done", value: { text: long } }));
    const play: Play = (_request, at) => (at === 0 ? calls(["openwop_test_read", {}]) : says("Read."));
    const { chat, provider } = await chatWith(play, [read]);
    const { messageId, runId } = await chat.say("go");
    await chat.answerTo(messageId);
    const told = provider.requests[1]?.messages.at(-1);
    assert.equal(told?.text, JSON.stringify({ text: long }));
    const log = await chat.log(runId);
    assert.ok(!JSON.stringify(log).includes(long));
    const { outcome, length } = log.find(({ type }) => type === "agent.toolReturned")?.payload ?? {};
    assert.equal(length, JSON.stringify({ text: long }).length);
    assert.match(String(outcome), /^\{"text":"\u{1F9FA}{500,}…$/u, "the log shows how it begins");
    await chat.stop();
  });

  it("stops at the bound of its rounds, and says so", async () => {
    const look = countedTool("look");
    const { chat } = await chatWith(() => calls(["openwop_test_look", {}]), [look]);
    const { messageId, runId } = await chat.say("go");
    assert.match((await chat.answerTo(messageId, "system")).text ?? "", /more than 8 steps/);
    const log = await chat.log(runId);
    const breach = log.find((event) => event.type === "cap.breached");
    assert.deepEqual(breach?.payload, { kind: "loop-iterations", limit: 8, observed: 9, nodeId: "turn" });
    assert.equal(look.performed.length, 8);
    await chat.stop();
  });
});

describe("a tool that needs a person's agreement", () => {
  const write = () => countedTool("write", { needsApproval: true, effectClass: "keyed" });
  const play: Play = (request, call) => {
    if (call === 0) return calls(["openwop_test_look", {}], ["openwop_test_write", { note: "a" }]);
    const told = request.messages.at(-1);
    return says(told?.role === "tool" && told.failed ? "It was refused." : "Written.");
  };

  async function asked() {
    const tools = [countedTool("look"), write()] as const;
    const { chat, provider } = await chatWith(play, [...tools]);
    const accepted = await chat.say("write it");
    const question = await chat.question();
    return { chat, provider, tools, accepted, question };
  }

  it("asks with the exact arguments, after what may be done at once", async () => {
    const { chat, tools, accepted, question } = await asked();
    assert.equal(question.kind, "approval");
    assert.equal(question.data.artifactType, "tool-call");
    const { items } = question.data.artifactData as { items: { callId: string; arguments: unknown }[] };
    assert.deepEqual(
      items.map((item) => [item.callId, item.arguments]),
      [["c0_1", { note: "a" }]],
    );
    assert.equal(tools[0].performed.length, 1);
    assert.equal(tools[1].performed.length, 0);
    assert.equal((await chat.host.app.store.readRun(accepted.runId))?.status, "waiting-approval");
    await chat.stop();
  });

  it("does exactly what was agreed to, without asking the model again", async () => {
    const { chat, provider, tools, accepted, question } = await asked();
    await chat.answer(question.runId, question.nodeId, { action: "accept" });
    assert.equal((await chat.answerTo(accepted.messageId)).text, "Written.");
    assert.deepEqual(
      tools[1].performed.map((done) => done.arguments),
      [{ note: "a" }],
    );
    assert.equal(provider.requests.length, 2);
    await chat.stop();
  });

  it("does what the person made of it", async () => {
    const { chat, tools, accepted, question } = await asked();
    const editedArtifactData = { items: [{ callId: "c0_1", arguments: { note: "b" } }] };
    await chat.answer(question.runId, question.nodeId, { action: "edit-accept", editedArtifactData });
    await chat.answerTo(accepted.messageId);
    assert.deepEqual(
      tools[1].performed.map((done) => done.arguments),
      [{ note: "b" }],
    );
    await chat.stop();
  });

  it("refuses an edit that the tool would not take, and keeps the question open", async () => {
    const { chat, question } = await asked();
    for (const items of [[{ callId: "c0_1", arguments: { note: 1 } }], [{ callId: "c9_9", arguments: {} }], "x"]) {
      const editedArtifactData = { items } as never;
      await assert.rejects(
        chat.answer(question.runId, question.nodeId, { action: "edit-accept", editedArtifactData }),
        { code: "validation_error" },
      );
    }
    assert.equal((await chat.question()).interruptId, question.interruptId);
    await chat.stop();
  });

  it("is not done when it is refused, and the model is told why", async () => {
    const { chat, provider, tools, accepted, question } = await asked();
    await chat.answer(question.runId, question.nodeId, { action: "reject", feedback: "not today" });
    assert.equal((await chat.answerTo(accepted.messageId)).text, "It was refused.");
    assert.equal(tools[1].performed.length, 0);
    assert.match(provider.requests[1]?.messages.at(-1)?.text ?? "", /refused.*not today/s);
    const pair = (await chat.log(accepted.runId)).filter((event) => event.payload.callId === "c0_1");
    assert.deepEqual(
      pair.map((event) => [event.type, event.payload.status]),
      [
        ["agent.toolCalled", undefined],
        ["agent.toolReturned", "forbidden"],
      ],
    );
    await chat.stop();
  });
});

const roster = testRoster(
  testAgent("host:assistant", { delegates: ["host:chief"] }),
  testAgent("host:chief", { role: "supervisor", workers: ["host:researcher", "host:scribe"] }),
  testAgent("host:researcher", { role: "worker" }),
  testAgent("host:scribe", { role: "worker", tools: ["openwop:test.write"] }),
);

/** A whole office: who is asked is told by the request. */
function office(script: Record<string, (request: ModelRequest, round: number) => ReturnType<Play>>): Play {
  const rounds = new Map<string, number>();
  return (request) => {
    const agent = request.agent ?? "";
    const round = rounds.get(agent) ?? 0;
    rounds.set(agent, round + 1);
    const play = script[agent];
    if (!play) throw new Error(`nobody plays ${agent}`);
    return play(request, round);
  };
}

const decides = (turn: object) => says(JSON.stringify(turn));
const next = (worker: string, task: string) =>
  decides({ decision: { kind: "next-worker", nextWorkerIds: [worker] }, task });

describe("a task that is handed on", () => {
  const script = () =>
    office({
      "host:assistant": (request, round) =>
        round === 0
          ? calls(["openwop_parley_delegate", { to: "host:chief", task: "plan and save" }])
          : says(`Chief says: ${JSON.parse(request.messages.at(-1)?.text ?? "{}").answer}`),
      "host:chief": (_request, round) =>
        [
          next("agent-researcher", "find ideas"),
          next("agent-scribe", "save it"),
          decides({ decision: { kind: "terminate", reason: "goal-reached" }, answer: "It is saved." }),
        ][round] ?? says("?"),
      "host:researcher": () => says("A picnic by the lake."),
      "host:scribe": (_request, round) =>
        round === 0 ? calls(["openwop_test_write", { note: "lake" }]) : says("Saved."),
    });

  it("goes through chief and workers, asks in the chat, and comes back as one answer", async () => {
    const write = countedTool("write", { needsApproval: true, effectClass: "keyed" });
    const provider = playedProvider(script());
    const chat = await openChat(calm(), { roster, provider, tools: [write] });
    const { messageId, runId } = await chat.say("plan a picnic and save it");
    const card = await chat.question();
    assert.notEqual(card.runId, runId);
    await chat.answer(card.runId, card.nodeId, { action: "accept" });
    assert.equal((await chat.answerTo(messageId)).text, "Chief says: It is saved.");
    assert.equal(write.performed.length, 1);
    const [called] = (await chat.log(runId)).filter((event) => event.type === "agent.toolCalled");
    const chiefRunId = String(called?.payload.childRunId);
    const chief = await chat.log(chiefRunId);
    assert.deepEqual(
      chief.filter((event) => event.type === "runOrchestrator.decided").map((event) => event.payload.iteration),
      [1, 2, 3],
    );
    assert.deepEqual(
      chief.filter((event) => event.type === "agent.handoff").map((event) => event.payload.toAgentId),
      ["private.parley.agents.researcher", "private.parley.agents.scribe"],
    );
    const asked = provider.requests.filter((request) => request.agent === "host:chief").at(-1);
    assert.deepEqual(
      asked?.messages.slice(1).map((message) => message.text),
      [
        "plan and save",
        JSON.stringify({ decision: { kind: "next-worker", nextWorkerIds: ["agent-researcher"] }, task: "find ideas" }),
        "Result of agent-researcher: A picnic by the lake.",
        JSON.stringify({ decision: { kind: "next-worker", nextWorkerIds: ["agent-scribe"] }, task: "save it" }),
        "Result of agent-scribe: Saved.",
      ],
    );
    await chat.stop();
  });

  it("is stopped as a whole: children end with the turn, and what waits for a person is withdrawn", async () => {
    const write = countedTool("write", { needsApproval: true, effectClass: "keyed" });
    const chat = await openChat(calm(), { roster, provider: playedProvider(script()), tools: [write] });
    const { messageId, runId } = await chat.say("plan a picnic and save it");
    const card = await chat.question();
    const { app, call } = chat.host;
    await cancelRun(app, call, runId, undefined);
    assert.match((await chat.answerTo(messageId, "system")).text ?? "", /Stopped/);
    await eventually(async () => (await app.store.readRun(card.runId))?.status === "cancelled", "the scribe's end");
    assert.equal((await app.store.readInterrupt(card.interruptId))?.status, "gone");
    assert.equal(write.performed.length, 0);
    await chat.stop();
  });

  it("fails in words when a worker fails", async () => {
    const provider = playedProvider(
      office({
        "host:assistant": (request, round) =>
          round === 0
            ? calls(["openwop_parley_delegate", { to: "host:chief", task: "x" }])
            : says(`It did not work: ${request.messages.at(-1)?.text}`),
        "host:chief": () => next("agent-researcher", "find"),
        "host:researcher": () => ({
          outcome: "failed",
          reason: "unauthorized",
          message: "The key was refused.",
          unbilled: true,
        }),
      }),
    );
    const chat = await openChat(calm(), { roster, provider, tools: [countedTool("write")] });
    const { messageId } = await chat.say("go");
    assert.match((await chat.answerTo(messageId)).text ?? "", /did not finish.*The key was refused/);
    await chat.stop();
  });
});

describe("a supervisor", () => {
  it("asks the person, whose next message answers and begins no turn", async () => {
    const provider = playedProvider(
      office({
        "host:chief": (request, round) =>
          round === 0
            ? decides({ decision: { kind: "ask-user", prompt: "Which city?" } })
            : decides({ decision: { kind: "terminate" }, answer: request.messages.at(-1)?.text ?? "" }),
      }),
    );
    const chat = await openChat(calm(), { roster, provider, tools: [countedTool("write")] });
    const first = await chat.say("plan a trip", "a", "host:chief");
    const question = await chat.question();
    assert.equal(question.kind, "clarification");
    const second = await chat.say("Berlin", "b");
    assert.equal(second.runId, question.runId);
    const again = await chat.say("Berlin", "b");
    assert.deepEqual([again.duplicate, again.messageId], [true, second.messageId]);
    assert.equal((await chat.answerTo(first.messageId)).text, "Answer of the user: Berlin");
    assert.deepEqual(
      (await chat.messages()).map((message) => message.role),
      ["user", "user", "agent"],
    );
    await chat.stop();
  });

  it("is told when its answer is no decision, and fails when it never gives one", async () => {
    const provider = playedProvider(() => says("I think we should start."));
    const chat = await openChat(calm(), { roster, provider, tools: [countedTool("write")] });
    const { messageId } = await chat.say("go", "a", "host:chief");
    await chat.answerTo(messageId, "system");
    assert.equal(provider.requests.length, 3);
    assert.match(provider.requests[1]?.messages.at(-1)?.text ?? "", /cannot be used/);
    await chat.stop();
  });

  it("waits for a person when it is not sure enough", async () => {
    const provider = playedProvider(() =>
      decides({ decision: { kind: "terminate", confidence: 0.3 }, answer: "Perhaps." }),
    );
    const chat = await openChat(calm(), { roster, provider, tools: [countedTool("write")] });
    const { messageId, runId } = await chat.say("go", "a", "host:chief");
    const question = await chat.question();
    assert.equal(question.kind, "low-confidence");
    assert.ok(!(await chat.types(runId)).includes("runOrchestrator.decided"));
    await assert.rejects(chat.answer(runId, question.nodeId, { kind: "shrug" }), { code: "validation_error" });
    await chat.answer(runId, question.nodeId, { kind: "terminate" });
    assert.equal((await chat.answerTo(messageId)).text, "Perhaps.");
    await chat.stop();
  });

  it("comes to an end when it never does by itself", async () => {
    const provider = playedProvider(
      office({ "host:chief": () => next("agent-researcher", "again"), "host:researcher": () => says("hm") }),
    );
    const chat = await openChat(calm(), { roster, provider, tools: [countedTool("write")] });
    const { messageId, runId } = await chat.say("go", "a", "host:chief");
    assert.match((await chat.answerTo(messageId, "system")).text ?? "", /more than 8 steps/);
    const breach = (await chat.log(runId)).find((event) => event.type === "cap.breached");
    assert.equal(breach?.payload.kind, "orchestrator-iterations");
    await chat.stop();
  });
});
