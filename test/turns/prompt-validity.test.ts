// P-5: whatever models, tools, people and crashes do, every prompt that goes out is one that both providers take, every
// conversation comes to its end, and the log of every run says what its agents did in the contract's order.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acceptMessage } from "#app/accept-message.ts";
import { answerByNode } from "#app/interrupts.ts";
import { stopThread } from "#app/stop-thread.ts";
import { anthropicBody } from "#models/anthropic-messages.ts";
import { openAiBody } from "#models/openai-messages.ts";
import type { ModelRequest } from "#ports/model.ts";
import { ParleyError } from "#protocol/errors.ts";
import { parseBatches } from "#runtime/history.ts";
import { type MemoryStore, openMemoryStore } from "#store/memory-slow/open.ts";
import { createValidators, type Host, openHost } from "#test/support/host.ts";
import { checkAnthropicHistory, checkOpenAiHistory } from "#test/support/provider-rules.ts";
import { checkReasoning } from "#test/support/reasoning-rules.ts";
import { createRandom, type Random } from "../../bench/chaos/random.ts";
import { ASSISTANT, anyAnswerTo, CHIEF, officeRoster, officeTools, randomProvider } from "./random-office.ts";

const STORIES = 60;
const THREADS = ["a", "b"];
const MESSAGES = 8;
const STORY_DEADLINE_MS = 20_000;
const validators = createValidators();

/** The host of a story, which dies and comes back. */
class World {
  store: MemoryStore;
  host: Host | undefined;
  readonly random: Random;
  readonly asked: (request: ModelRequest) => void;
  #death = Promise.withResolvers<undefined>();

  constructor(seed: number, asked: (request: ModelRequest) => void) {
    this.random = createRandom(seed);
    this.store = openMemoryStore({ random: this.random.fork("store").next, maxTurns: 3 });
    this.asked = asked;
  }

  async open(): Promise<void> {
    const provider = randomProvider(this.random, this.asked);
    const maxHotRuns = this.random.int(1, 8);
    this.host = await openHost(this.store, {
      roster: officeRoster,
      tools: officeTools,
      provider,
      maxHotRuns,
      validators,
    });
  }

  async crash(): Promise<void> {
    this.host = undefined;
    this.store.crash();
    this.#death.resolve(undefined);
    this.#death = Promise.withResolvers<undefined>();
    this.store = this.store.reopen();
    await this.open();
  }

  /** A request to the host; lost when the host dies meanwhile, or when it refuses. */
  async ask<T>(request: (host: Host) => Promise<T>): Promise<T | undefined> {
    const { host } = this;
    if (!host) return undefined;
    const answered = request(host).catch((error: unknown) => {
      if (error instanceof ParleyError) return undefined;
      throw error;
    });
    return Promise.race([answered, this.#death.promise]);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function tell(seed: number, asked: (request: ModelRequest) => void): Promise<void> {
  const world = new World(seed, asked);
  await world.open();
  let over = false;
  const troubled = trouble(world, () => over);
  const answering = answerCards(world, () => over);
  await Promise.all(THREADS.map((threadId) => talk(world, threadId)));
  await atRest(world, seed);
  over = true;
  await Promise.all([troubled, answering]);
  for (const threadId of THREADS) await checkThread(world, threadId, seed);
  await checkLogs(world, seed);
  await world.host?.stop();
}

async function talk(world: World, threadId: string): Promise<void> {
  const { random } = world;
  for (let number = 0; number < MESSAGES / THREADS.length; number += 1) {
    const body = { text: `message ${number}`, clientMessageId: `m${number}`, agent: random.pick([ASSISTANT, CHIEF]) };
    while (!(await world.ask(({ app, call }) => acceptMessage(app, call, threadId, body)))) await turn();
    if (random.chance(0.5)) await pause(random, 40);
  }
}

/** Kills the host three times, and now and then stops a turn. */
async function trouble(world: World, isOver: () => boolean): Promise<void> {
  const { random } = world;
  for (let crashes = 0; crashes < 3 && !isOver(); crashes += 1) {
    await pause(random, 120);
    if (random.chance(0.2)) await world.ask(({ app, call }) => stopThread(app, call, random.pick(THREADS)));
    await world.crash();
  }
}

/** Answers every card, mostly after a while; a question in words is answered by the person's next message. */
async function answerCards(world: World, isOver: () => boolean): Promise<void> {
  const { random } = world;
  for (let number = 0; !isOver(); number += 1) {
    const open = await world.ask(({ app }) => app.store.listOpenInterrupts({ tenantId: "default" }, { limit: 20 }));
    for (const { runId, nodeId, kind, data, threadId } of open?.items ?? []) {
      const value = anyAnswerTo(random, kind, data);
      await world.ask(({ app, call }) =>
        value === undefined
          ? acceptMessage(app, call, threadId ?? "a", { text: "That one.", clientMessageId: `answer ${number}` })
          : answerByNode(app, call, { runId, nodeId }, value),
      );
    }
    await pause(random, 10);
  }
}

async function pause(random: Random, mostTurns: number): Promise<void> {
  for (let left = random.int(1, mostTurns); left > 0; left -= 1) await turn();
}

/** Every run has ended. */
async function atRest(world: World, seed: number): Promise<void> {
  const untilMs = Date.now() + STORY_DEADLINE_MS;
  for (;;) {
    const page = await world.ask(({ app }) => app.store.listRuns({ tenantId: "default" }, { limit: 500 }));
    const open = page?.items.filter(({ endedMs }) => endedMs === undefined);
    if (open?.length === 0) return;
    const left = (open ?? []).map(({ start, status }) => `${start.workflowId} ${status}`);
    assert.ok(Date.now() < untilMs, `seed ${seed}: runs that never end: ${left.join(", ")}`);
    await turn();
  }
}

/** Each message of a person has one end: a reply or notices, or it answered a question. */
async function checkThread({ store }: World, threadId: string, seed: number): Promise<void> {
  const messages = await store.readMessages("default", threadId, { limit: 1_000, newest: false });
  for (const { messageId, runId, text } of messages.filter(({ role }) => role === "user")) {
    const replies = messages.filter(({ role, inReplyTo }) => role === "agent" && inReplyTo === messageId);
    const run = await store.readRun(runId);
    const where = `seed ${seed}: ${threadId} "${text}"`;
    if (run?.start.turn?.messageId !== messageId) continue;
    assert.equal(replies.length, run.status === "completed" ? 1 : 0, `${where}, ${run.status}`);
    const told = messages.some(({ inReplyTo }) => inReplyTo === messageId);
    assert.ok(told, `${where}: nothing was said to it`);
  }
  for (const { text } of messages) assert.notEqual(text?.trim(), "", `seed ${seed}: an empty message`);
}

async function checkLogs({ store }: World, seed: number): Promise<void> {
  const { items } = await store.listRuns({ tenantId: "default" }, { limit: 500 });
  for (const { start, status } of items) {
    const log = parseBatches(await store.readLog(start.runId, 0));
    const types = log.map(({ sequence, type, nodeId }) => `${sequence} ${type} ${nodeId ?? ""}`).join("\n");
    assert.deepEqual(checkReasoning(log, status), [], `seed ${seed}: ${start.workflowId} ${status}\n${types}`);
  }
}

/** What has to occur in the stories, so that they mean something. */
const sights: Record<string, (request: ModelRequest) => boolean> = {
  "a refused call": ({ messages }) => messages.some((one) => one.role === "tool" && /refused/.test(one.text)),
  "an interrupted call": ({ messages }) => messages.some((one) => one.role === "tool" && /Interrupted/.test(one.text)),
  "calls side by side": ({ messages }) =>
    messages.some((one) => one.role === "assistant" && (one.toolCalls?.length ?? 0) > 2),
  "a colleague's answer": ({ messages }) =>
    messages.some((one) => one.role === "tool" && one.name === "openwop_parley_delegate" && one.failed !== true),
  "a decision that was no decision": ({ messages }) => messages.some(({ text }) => /cannot be used/.test(text)),
  "an answer of the person": ({ messages }) => messages.some(({ text }) => /^Answer of the user/.test(text)),
  "a later turn": ({ messages }) => messages.filter(({ role }) => role === "user").length > 2,
};

describe("every prompt", () => {
  it("is one that both providers take, after any crash, refusal and nonsense (P-5)", { timeout: 120_000 }, async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= STORIES; seed += 1) {
      const refused: string[] = [];
      await tell(seed, (request) => {
        const problems = [
          ...checkOpenAiHistory(JSON.parse(JSON.stringify(openAiBody(request, false)))),
          ...checkAnthropicHistory(JSON.parse(JSON.stringify(anthropicBody(request)))),
        ];
        if (problems.length > 0) refused.push(`${problems} in ${JSON.stringify(request.messages).slice(0, 2_000)}`);
        for (const [sight, isThere] of Object.entries(sights)) if (isThere(request)) seen.add(sight);
      });
      assert.deepEqual(refused, [], `seed ${seed}`);
    }
    assert.deepEqual([...seen].toSorted(), Object.keys(sights).toSorted(), "the stories hold everything they should");
  });
});
