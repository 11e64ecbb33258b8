// The load: actors that behave like clients. Each repeats one act until the drain begins; an act that is under way when
// the daemon dies goes on after its restart, as a client that reconnects would.

import type { Body, Reply } from "./client.ts";
import { forkRun, requestFork } from "./forking.ts";
import type { MessageIntent, RunIntent } from "./ledger.ts";
import { pauseRun } from "./pausing.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { watchSchedule } from "./schedule.ts";
import { takePart } from "./talk.ts";
import { APPROVE_TITLE } from "./workflows.ts";
import { pause, sendUntilAnswered, type World } from "./world.ts";

export interface LoadSize {
  runActors: number;
  threads: number;
  /** Mean pause of an actor between two acts, in ms. */
  meanPauseMs: number;
}

export function threadIds({ threads }: LoadSize): string[] {
  return Array.from({ length: threads }, (_, at) => `chaos-${at}`);
}

const RESEND_PROBABILITY = 0.25;
const WITHOUT_KEY_PROBABILITY = 0.2;

/** Starts all actors; resolves when every one has finished its last act in the drain. */
export async function runLoad(world: World, size: LoadSize, random: Random): Promise<void> {
  const actors: Promise<void>[] = [];
  const add = (name: string, act: (random: Random, count: number) => Promise<unknown>) => {
    actors.push(repeat(world, size.meanPauseMs, random.fork(name), act));
  };
  for (let at = 0; at < size.runActors; at += 1)
    add(`run ${at}`, (own, count) => createRun(world, own, `r${at}-${count}`));
  for (const threadId of threadIds(size)) {
    // Two writers per thread, so that messages also meet a busy lane.
    for (const writer of ["a", "b"]) {
      add(`${threadId} ${writer}`, (own, count) => postMessage(world, own, threadId, `${writer}${count}`));
    }
  }
  for (const who of ["a", "b"]) {
    add(`forks ${who}`, (own, count) => forkRun(world, own, `${who}${count}`));
    add(`pauses ${who}`, (own, count) => pauseRun(world, own, `${who}${count}`));
  }
  const { scheduleId } = world;
  if (scheduleId !== undefined) add("schedule", (own) => watchSchedule(world, own, scheduleId));
  add("old keys", (own) => repeatOldRequest(world, own));
  add("answers", (own) => answerPending(world, own));
  await Promise.all(actors);
}

async function repeat(
  world: World,
  meanPauseMs: number,
  random: Random,
  act: (random: Random, count: number) => Promise<unknown>,
): Promise<void> {
  for (let count = 0; world.phase === "load"; count += 1) {
    await act(random, count);
    await pause(random.next() * 2 * meanPauseMs);
  }
}

/** Creates one run, mostly with an Idempotency-Key; with one, sometimes twice at the same moment. */
export async function createRun(world: World, random: Random, tag: string): Promise<void> {
  const key = random.chance(WITHOUT_KEY_PROBABILITY) ? undefined : `key-${tag}`;
  const intent: RunIntent = { tag, scenario: pickScenario(world, random), key, acknowledged: [] };
  world.ledger.runs.push(intent);
  const twice = key !== undefined && random.chance(RESEND_PROBABILITY);
  await Promise.all(Array.from({ length: twice ? 2 : 1 }, () => requestRun(world, intent)));
}

function pickScenario(world: World, random: Random): Scenario {
  let left = random.next() * world.scenarios.reduce((sum, { weight }) => sum + weight, 0);
  for (const scenario of world.scenarios) {
    left -= scenario.weight;
    if (left < 0) return scenario;
  }
  return world.scenarios.at(-1) as Scenario;
}

async function requestRun(world: World, intent: RunIntent): Promise<void> {
  const { key, scenario, tag } = intent;
  const body = { workflowId: scenario.workflowId, inputs: {}, tags: [tag] };
  const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
  const reply = await sendUntilAnswered(world, "POST", "/v1/runs", { body, headers }, key === undefined);
  if (!reply) return;
  if (reply.status === 201) intent.acknowledged.push(reply.body.runId);
  else unexpected(world, "POST /v1/runs", reply);
}

/** Posts one message; after a lost line again with the same id, sometimes again although it was acknowledged. */
export async function postMessage(world: World, random: Random, threadId: string, name: string): Promise<void> {
  const clientMessageId = random.chance(WITHOUT_KEY_PROBABILITY) ? undefined : `client-${name}`;
  const intent: MessageIntent = { threadId, text: `Probe ${name} of ${threadId}.`, clientMessageId, acknowledged: [] };
  world.ledger.messages.push(intent);
  await requestMessage(world, intent);
  if (clientMessageId !== undefined && random.chance(RESEND_PROBABILITY)) await requestMessage(world, intent);
}

async function requestMessage(world: World, intent: MessageIntent): Promise<void> {
  const { threadId, text, clientMessageId } = intent;
  const path = `/v1/host/parley/threads/${threadId}/messages`;
  const body = { text, ...(clientMessageId !== undefined && { clientMessageId }) };
  const reply = await sendUntilAnswered(world, "POST", path, { body }, clientMessageId === undefined);
  if (!reply) return;
  if (reply.status === 202 || reply.status === 200) intent.acknowledged.push(reply.body);
  else unexpected(world, `POST ${path}`, reply);
}

/** Repeats a create, a fork and a message of long ago, over whatever restarts lie between. */
async function repeatOldRequest(world: World, random: Random): Promise<void> {
  const runs = world.ledger.runs.filter(({ key, acknowledged }) => key !== undefined && acknowledged.length > 0);
  if (runs.length > 0) await requestRun(world, random.pick(runs));
  const forks = world.ledger.forks.filter(({ acknowledged }) => acknowledged.length > 0);
  if (forks.length > 0) await requestFork(world, random.pick(forks));
  const messages = world.ledger.messages.filter(
    ({ clientMessageId, acknowledged }) => clientMessageId !== undefined && acknowledged.length > 0,
  );
  if (messages.length > 0) await requestMessage(world, random.pick(messages));
}

/**
 * Answers every open question, each twice at the same moment, by both surfaces in turn; in conversations it says the
 * next turn. Returns how many were open.
 */
export async function answerPending(world: World, random: Random): Promise<number> {
  const reply = await sendUntilAnswered(world, "GET", "/v1/host/parley/interrupts?status=pending&limit=50", {});
  const open: Body[] = reply?.body.interrupts ?? [];
  await Promise.all(open.map((interrupt) => takeUp(world, random, interrupt)));
  return open.length;
}

function takeUp(world: World, random: Random, interrupt: Body): Promise<void> {
  if (interrupt.kind === "conversation.exchange") return takePart(world, random, interrupt);
  return answerTwice(world, random, interrupt);
}

async function answerTwice(world: World, random: Random, interrupt: Body): Promise<void> {
  const { interruptId, runId, nodeId, token, data } = interrupt;
  const action = data.title === APPROVE_TITLE ? "accept" : "reject";
  const intent = world.ledger.answerTo(interruptId, runId, nodeId);
  const byNode = `/v1/runs/${runId}/interrupts/${nodeId}`;
  const paths = [byNode, random.chance(0.5) && token ? `/v1/interrupts/${token}` : byNode];
  await Promise.all(
    paths.map(async (path) => {
      const answer = { comment: `answer ${intent.tries.length}`, status: undefined as number | undefined };
      intent.tries.push(answer);
      const reply = await world.client.send("POST", path, {
        body: { resumeValue: { action, comment: answer.comment } },
      });
      if (reply.outcome === "answered") answer.status = reply.status;
    }),
  );
}

function unexpected(world: World, what: string, reply: Reply): void {
  world.ledger.noticed.push(`${what} was answered ${JSON.stringify(reply).slice(0, 400)}`);
}
