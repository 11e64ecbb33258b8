// Checks of conversations: every acknowledged message stands in its thread once and is answered once.

import { endOf, type RunEvidence } from "./check-runs.ts";
import type { Body } from "./client.ts";
import type { Findings } from "./findings.ts";
import type { Follower } from "./follower.ts";
import type { MessageIntent } from "./ledger.ts";
import { pause, type World } from "./world.ts";

const PAGE = 100;
const FOLLOWER_DEADLINE_MS = 5_000;

export async function checkMessages(
  world: World,
  runs: ReadonlyMap<string, RunEvidence>,
  followers: readonly Follower[],
  findings: Findings,
): Promise<void> {
  const intents = Map.groupBy(world.ledger.messages, (intent) => intent.threadId);
  for (const [threadId, ofThread] of intents) {
    const stored = await readThread(world, threadId);
    checkThread(threadId, stored, ofThread, runs, findings);
    const follower = followers.find((one) => one.threadId === threadId);
    if (follower) await checkFollower(follower, stored, findings);
  }
}

/** A live reader saw each message once, in the order of the thread; the last ones may still be on their way. */
async function checkFollower(follower: Follower, stored: Body[], findings: Findings): Promise<void> {
  const untilMs = Date.now() + FOLLOWER_DEADLINE_MS;
  while (follower.seen.length < stored.length && Date.now() < untilMs) await pause(20);
  const expected = stored.map(({ messageId }) => messageId);
  const { threadId, seen } = follower;
  const missed = expected.filter((messageId) => !seen.includes(messageId));
  if (missed.length > 0)
    findings.lost(`a reader of ${threadId} never heard ${missed.length} messages, e.g. ${missed[0]}`);
  if (new Set(seen).size !== seen.length) findings.duplicated(`a reader of ${threadId} heard a message twice`);
  if (missed.length === 0 && seen.join() !== expected.join()) {
    findings.broken(`a reader of ${threadId} heard the messages in another order than they stand`);
  }
}

/** All messages, oldest first; none when the thread never came to be. */
async function readThread(world: World, threadId: string): Promise<Body[]> {
  const messages: Body[] = [];
  let cursor: string | undefined;
  do {
    const query = `limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
    const reply = await world.client.send("GET", `/v1/host/parley/threads/${threadId}?${query}`);
    if (reply.outcome === "answered" && reply.status === 404) return [];
    if (reply.outcome !== "answered" || reply.status !== 200) {
      throw new Error(`thread ${threadId} could not be read: ${JSON.stringify(reply).slice(0, 300)}`);
    }
    messages.unshift(...reply.body.messages);
    cursor = reply.body.nextCursor;
  } while (cursor !== undefined);
  return messages;
}

/** Compares a thread with what was sent to it. */
export function checkThread(
  threadId: string,
  stored: Body[],
  intents: readonly MessageIntent[],
  runs: ReadonlyMap<string, RunEvidence>,
  findings: Findings,
): void {
  if (new Set(stored.map(({ messageId }) => messageId)).size !== stored.length) {
    findings.duplicated(`${threadId}: a message id stands twice`);
  }
  const asked = stored.filter(({ role }) => role === "user");
  const byText = Map.groupBy(asked, ({ text }) => text);
  const replies = Map.groupBy(
    stored.filter(({ role }) => role !== "user"),
    ({ inReplyTo }) => inReplyTo,
  );
  for (const intent of intents) {
    const copies = byText.get(intent.text) ?? [];
    byText.delete(intent.text);
    checkIntent(intent, copies, findings);
    for (const message of copies)
      checkAnswered(threadId, message, replies.get(message.messageId) ?? [], runs, findings);
  }
  for (const text of byText.keys()) findings.broken(`${threadId} holds a message nobody sent: ${text}`);
  const known = new Set(asked.map(({ messageId }) => messageId));
  for (const inReplyTo of replies.keys()) {
    if (!known.has(inReplyTo)) findings.broken(`${threadId} holds a reply to ${inReplyTo}, which is not there`);
  }
}

function checkIntent({ threadId, text, acknowledged }: MessageIntent, copies: Body[], findings: Findings): void {
  if (copies.length > 1) findings.duplicated(`${threadId}: "${text}" stands ${copies.length} times`);
  const ids = new Set(acknowledged.map(({ messageId, runId }) => `${messageId} ${runId}`));
  if (ids.size > 1) findings.duplicated(`${threadId}: "${text}" was acknowledged with ${ids.size} ids`);
  const fresh = acknowledged.filter(({ duplicate }) => !duplicate).length;
  if (fresh > 1) findings.duplicated(`${threadId}: "${text}" was acknowledged ${fresh} times as new`);
  for (const { messageId, runId } of acknowledged) {
    const copy = copies.find((message) => message.messageId === messageId);
    if (!copy) findings.lost(`${threadId}: ${messageId} ("${text}") was acknowledged and is gone`);
    else if (copy.runId !== runId) findings.broken(`${messageId} belongs to ${copy.runId}, its receipt said ${runId}`);
  }
}

function checkAnswered(
  threadId: string,
  message: Body,
  replies: Body[],
  runs: ReadonlyMap<string, RunEvidence>,
  findings: Findings,
): void {
  const { messageId, runId, text } = message;
  const where = `${threadId}: ${messageId} ("${text}", ${runId})`;
  if (replies.length === 0) findings.lost(`${where} was never answered; its run is ${runs.get(runId)?.status}`);
  if (replies.length > 1) findings.duplicated(`${where} was answered ${replies.length} times`);
  for (const reply of replies) {
    if (reply.role !== "agent") findings.lost(`${where} got a notice instead of an answer: ${reply.text}`);
    else if (!reply.text.includes(text)) findings.broken(`${where} got the answer to something else: ${reply.text}`);
    if (reply.runId !== runId) findings.broken(`${where} was answered by ${reply.runId}`);
  }
  const run = runs.get(runId);
  if (!run) findings.lost(`${where}: its run is gone`);
  else if (endOf(run) !== "completed") findings.lost(`${where}: its run is ${endOf(run) ?? run.status}`);
}

/** Turns beyond the messages: an agent run that no message of the threads asked for. */
export function checkTurns(world: World, runs: ReadonlyMap<string, RunEvidence>, findings: Findings): void {
  const intended = new Set(world.ledger.runs.map(({ tag }) => tag));
  const scheduled = [...world.ledger.slots.values()].flatMap((told) => told.map(({ runId }) => runId));
  const turns = [...runs.values()].filter(({ runId, tags, fork, parentRunId }) => {
    // Forks, children and what the clock started have checks of their own.
    if (fork || parentRunId !== undefined || scheduled.includes(runId)) return false;
    return !tags.some((tag) => intended.has(tag));
  });
  for (const turn of turns) {
    if (turn.workflowId !== "agent-assistant") findings.broken(`nobody asked for ${turn.runId} of ${turn.workflowId}`);
  }
}
