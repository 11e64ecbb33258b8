// What a run says of its agents: the contract's events in the contract's order, whatever way a turn takes and however it
// ends.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stopThread } from "#app/stop-thread.ts";
import type { Tool } from "#ports/tools.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { parseBatches } from "#runtime/history.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { eventually } from "../support/host.ts";
import { needs, sharedSchemas } from "../support/paths.ts";
import { checkReasoning } from "../support/reasoning-rules.ts";
import { testAgent, testRoster } from "../support/roster.ts";
import { eventConforms } from "../support/schemas.ts";
import { type Chat, calls, countedTool, openChat, type Play, playedProvider, says } from "./support.ts";

const isOfAgents = /^(agent\.|provider\.|parley\.|runOrchestrator\.|node\.(suspended|resumed|dispatched)|cap\.|core\.)/;

/** A tool that never ends by itself. */
function stuckTool(): Tool {
  const tool = countedTool("stuck", { effectClass: "unkeyed" });
  return {
    ...tool,
    perform: (_invocation, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  };
}

const look = countedTool("look");
const write = countedTool("write", { needsApproval: true, effectClass: "keyed" });
const stuck = stuckTool();
const tools = [look, write, stuck];
const ids = (...names: string[]) => names.map((name) => `openwop:test.${name}`);
const roster = testRoster(
  testAgent("host:assistant", { delegates: ["host:chief"], tools: ids("look", "write", "stuck") }),
  testAgent("host:chief", { role: "supervisor", workers: ["host:scribe"] }),
  testAgent("host:scribe", { role: "worker", tools: ids("write") }),
);

/** Plays the words of the message: one word a round, calls with a plus between them. */
const byWords: Play = ({ agent, messages }) => {
  if (agent === "host:chief") return chief(messages.length);
  const asked = messages.findLastIndex(({ role }) => role === "user");
  if (agent === "host:scribe") {
    return messages.at(-1)?.role === "tool" ? says("Saved.") : calls(["openwop_test_write", { note: "a" }]);
  }
  const round = messages.slice(asked).filter(({ role }) => role === "assistant").length;
  const word = (messages[asked]?.text ?? "").split(" ")[round];
  if (word === undefined) return says("Done.");
  if (word === "refuse") return { finishReason: "refused" };
  if (word === "break") return { outcome: "failed", reason: "unauthorized", message: "No key.", unbilled: false };
  return calls(
    ...word.split("+").map((name): [string, JsonObject] => {
      if (name === "delegate") return ["openwop_parley_delegate", { to: "host:chief", task: "save it" }];
      return [`openwop_test_${name}`, {}];
    }),
  );
};

function chief(messages: number): ReturnType<Play> {
  const handsOn = { decision: { kind: "next-worker", nextWorkerIds: ["agent-scribe"] }, task: "save it" };
  const ends = { decision: { kind: "terminate", reason: "goal-reached" }, answer: "It is saved." };
  return says(JSON.stringify(messages > 2 ? ends : handsOn));
}

async function openOffice(): Promise<Chat> {
  return openChat(openMemoryStore({ random: () => 0, maxTurns: 0 }), {
    roster,
    provider: playedProvider(byWords),
    tools,
  });
}

/** Every run of the thread has ended and keeps the rules. */
async function checkRuns(chat: Chat): Promise<RunEvent[][]> {
  const { store } = chat.host.app;
  const runs = async () => (await store.listRuns({ tenantId: "default" }, { limit: 50 })).items;
  await eventually(async () => (await runs()).every(({ endedMs }) => endedMs !== undefined), "the end of all runs");
  const logs: RunEvent[][] = [];
  for (const { start, status } of await runs()) {
    const log = parseBatches(await store.readLog(start.runId, 0));
    assert.deepEqual(checkReasoning(log, status), [], `${start.workflowId}: ${log.map(({ type }) => type).join("\n")}`);
    logs.push(log);
  }
  return logs;
}

describe("the events of a turn", () => {
  const started = ["agent.invocation.started", "agent.promptResolved"];
  const ended = ["agent.decided", "agent.invocation.completed"];
  const answers = ["provider.usage", "agent.reasoned"];
  const asksTools = [...answers, "parley.agent.answered"];
  const last = [...started, ...answers, ...ended];
  const card = ["node.suspended"];
  const pair = ["agent.toolCalled", "agent.toolReturned"];

  const ways: { says: string; answer?: JsonObject; events: string[] }[] = [
    { says: "look", events: [...started, ...asksTools, ...pair, ...ended, ...last] },
    {
      says: "write",
      answer: { action: "accept" },
      events: [...started, ...asksTools, ...card, "node.resumed", ...pair, ...ended, ...last],
    },
    {
      says: "look+write",
      answer: { action: "reject" },
      events: [...started, ...asksTools, ...pair, ...card, "node.resumed", ...pair, ...ended, ...last],
    },
    { says: "nothing", events: [...started, ...asksTools, ...pair, ...ended, ...last] },
    { says: "refuse", events: [...started, ...answers, "agent.invocation.completed"] },
    {
      says: "break",
      events: [...started, "parley.usage.unknown", "agent.invocation.completed"],
    },
  ];
  for (const { says: text, answer, events } of ways) {
    it(`stand in order: ${text}${answer ? `, ${String(answer.action)}` : ""}`, async () => {
      const chat = await openOffice();
      const { runId } = await chat.say(text);
      if (answer) {
        const { nodeId } = await chat.question();
        await chat.answer(runId, nodeId, answer);
      }
      await checkRuns(chat);
      assert.deepEqual(
        (await chat.types(runId)).filter((type) => isOfAgents.test(type)),
        events,
      );
      await chat.stop();
    });
  }

  it("stand in order in every run of a task that is handed on", async () => {
    const chat = await openOffice();
    await chat.say("delegate");
    const { runId, nodeId } = await chat.question();
    await chat.answer(runId, nodeId, { action: "accept" });
    const logs = await checkRuns(chat);
    const chiefs = logs.find((log) => log.some(({ type }) => type === "runOrchestrator.decided")) ?? [];
    const chain = (phase: string) => `core.workflowChain.event ${phase}`;
    assert.deepEqual(
      chiefs
        .filter(({ type }) => isOfAgents.test(type))
        .map(({ type, payload }) => `${type} ${payload.phase ?? ""}`.trim()),
      [
        ...[...started, ...asksTools, ...ended, "runOrchestrator.decided"],
        ...["agent.handoff", chain("dispatch.began"), chain("dispatch.succeeded")],
        ...["parley.child.status-changed", "parley.child.status-changed", chain("child.completed"), "node.dispatched"],
        ...[...started, ...asksTools, ...ended, "runOrchestrator.decided"],
      ],
    );
    await chat.stop();
  });

  for (const text of ["stuck", "look+stuck", "write", "delegate"]) {
    it(`come to their end when the turn is stopped: ${text}`, async () => {
      const chat = await openOffice();
      const { runId } = await chat.say(text);
      if (text.includes("stuck")) {
        await eventually(async () => (await chat.types(runId)).includes("agent.toolCalled"), "the call");
      } else {
        await chat.question();
      }
      await stopThread(chat.host.app, chat.host.call, "t1");
      const logs = await checkRuns(chat);
      for (const log of logs) assert.equal(log.at(-1)?.type, "run.cancelled");
      const called = logs.flat().filter(({ type, payload }) => type === "agent.toolReturned" && payload.error);
      // What was only asked about was not called; what was called and not seen to end says so.
      assert.equal(called.length, text === "write" ? 0 : 1);
      for (const { payload } of called) assert.equal((payload.error as JsonObject).code, "interrupted");
      await chat.stop();
    });
  }

  it("come to their end when the turn is stopped while the model is asked, and the call counts as unseen", async () => {
    const asked = Promise.withResolvers<void>();
    const provider = playedProvider(() => says("Never."));
    provider.generate = (_request, _onText, signal) => {
      asked.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const store = openMemoryStore({ random: () => 0, maxTurns: 0 });
    const chat = await openChat(store, { roster, provider, tools });
    const { runId } = await chat.say("hi");
    await asked.promise;
    await stopThread(chat.host.app, chat.host.call, "t1");
    await checkRuns(chat);
    assert.equal((await chat.types(runId)).filter((type) => type === "parley.usage.unknown").length, 1);
    await chat.stop();
  });

  it("are as the protocol publishes them", { skip: needs(sharedSchemas, "openwop-schemas") }, async () => {
    const chat = await openOffice();
    for (const text of ["look+nothing", "break", "delegate"]) await chat.say(text);
    const { runId, nodeId } = await chat.question();
    await chat.answer(runId, nodeId, { action: "accept" });
    for (const event of (await checkRuns(chat)).flat()) eventConforms(event);
    await chat.stop();
  });
});
