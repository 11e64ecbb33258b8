// Checks of turns: every acknowledged message came to exactly one end, which its sender sees, soon after the boot that
// could bring it.

import { endOf } from "../chaos/check-runs.ts";
import type { Body } from "../chaos/client.ts";
import type { Findings } from "../chaos/findings.ts";
import { type Evidence, eventsOf, treeOf } from "./evidence.ts";
import type { Said } from "./people.ts";
import { answerText } from "./turns.ts";

/** The sender sees the answer or the notice within this time after the boot (P-2). */
const END_DEADLINE_MS = 10_000;

/** What became of the messages. */
export interface Ends {
  answered: number;
  /** Ended with a notice that says why there is no answer. */
  notAnswered: number;
  /** Longest time from a boot to the end of a message that had been accepted before it, in ms. */
  slowestAfterBootMs: number;
}

export function checkTurns(evidence: Evidence, findings: Findings): Ends {
  const ends: Ends = { answered: 0, notAnswered: 0, slowestAfterBootMs: 0 };
  for (const { said, follower } of evidence.people) {
    const stored = evidence.threads.get(follower.threadId) ?? [];
    for (const one of said) checkMessage(evidence, stored, one, ends, findings);
    const known = new Set(said.map(({ text }) => text));
    for (const { role, text } of stored) {
      if (role === "user" && !known.has(text)) findings.broken(`${follower.threadId} holds a foreign message: ${text}`);
    }
  }
  return ends;
}

function checkMessage(evidence: Evidence, stored: readonly Body[], said: Said, ends: Ends, findings: Findings): void {
  const { threadId, text, acknowledged } = said;
  const copies = stored.filter((message) => message.role === "user" && message.text === text);
  if (copies.length > 1) findings.duplicated(`${threadId}: "${text}" stands ${copies.length} times`);
  const ids = new Set(acknowledged.map(({ messageId, runId }) => `${messageId} ${runId}`));
  if (ids.size > 1) findings.duplicated(`${threadId}: "${text}" was acknowledged with ${ids.size} ids`);
  const fresh = acknowledged.filter(({ duplicate }) => !duplicate).length;
  if (fresh > 1) findings.duplicated(`${threadId}: "${text}" was acknowledged ${fresh} times as new`);
  const [first] = acknowledged;
  if (first && !copies.some(({ messageId }) => messageId === first.messageId)) {
    findings.lost(`${threadId}: "${text}" was acknowledged as ${first.messageId} and is gone`);
  }
  for (const copy of copies) checkEnd(evidence, stored, copy, said, ends, findings);
}

/** One end: a reply of the agent, or a notice that says why there is none. */
function checkEnd(
  evidence: Evidence,
  stored: readonly Body[],
  message: Body,
  said: Said,
  ends: Ends,
  findings: Findings,
): void {
  const { messageId, runId, text } = message;
  const where = `${said.threadId}: ${messageId} ("${text}", ${runId})`;
  const run = evidence.runs.get(runId);
  const end = run && endOf(run);
  const behind = stored.filter(({ inReplyTo }) => inReplyTo === messageId);
  const replies = behind.filter(({ role }) => role === "agent");
  const notices = behind.filter(({ role }) => role === "system");
  if (replies.length > 1) findings.duplicated(`${where} was answered ${replies.length} times`);
  for (const reply of replies) {
    if (reply.runId !== runId) findings.broken(`${where} was answered by ${reply.runId}`);
    if (reply.text !== answerText(said.tag)) findings.broken(`${where} got another's answer: ${reply.text}`);
  }
  checkInterrupted(evidence, stored, runId, where, findings);
  if (end === "completed") {
    ends.answered += 1;
    if (replies.length === 0) findings.lost(`${where} was never answered, and its run completed`);
    if (notices.length > 0) findings.broken(`${where} was answered, and ${notices.length} notices say more`);
  } else if (end === undefined) {
    findings.lost(`${where} never ended; its run is ${run?.status ?? "gone"}`);
  } else {
    ends.notAnswered += 1;
    if (replies.length > 0) findings.broken(`${where} was answered, and its run is ${end}`);
    if (notices.length !== 1) findings.lost(`${where}: ${end}, and ${notices.length} notices say so`);
  }
  checkTime(evidence, said, behind, where, ends, findings);
}

/** What nobody saw the end of is told in the thread while the turn goes on: it ends nothing, so it replies to nothing. */
function checkInterrupted(
  evidence: Evidence,
  stored: readonly Body[],
  runId: string,
  where: string,
  findings: Findings,
): void {
  const returned = treeOf(evidence, runId).flatMap((run) => eventsOf(run, "agent.toolReturned"));
  const interrupted = returned.filter(({ payload }) => payload.error?.code === "interrupted").length;
  const told = stored.filter(
    (message) => message.role === "system" && message.runId === runId && message.inReplyTo === undefined,
  );
  if (told.length < interrupted) {
    findings.lost(`${where}: ${interrupted} calls were interrupted, ${told.length} notices say so`);
  }
}

/** In every life of the daemon that was long enough, what had been accepted before it came to its end. */
function checkTime(
  { lives }: Evidence,
  { acknowledgedMs }: Said,
  behind: readonly Body[],
  where: string,
  ends: Ends,
  findings: Findings,
): void {
  if (acknowledgedMs === undefined) return;
  const endedMs = Math.max(0, ...behind.map(({ at }) => Date.parse(at)));
  for (const { readyMs, endMs } of lives) {
    if (readyMs < acknowledgedMs || (endedMs > 0 && endedMs < readyMs)) continue;
    const wholeTime = endMs === undefined || endMs - readyMs > END_DEADLINE_MS;
    if (endedMs > 0 && endedMs <= (endMs ?? Number.POSITIVE_INFINITY)) {
      ends.slowestAfterBootMs = Math.max(ends.slowestAfterBootMs, endedMs - readyMs);
    }
    if (wholeTime && (endedMs === 0 || endedMs - readyMs > END_DEADLINE_MS)) {
      findings.lost(`${where} had not ended ${END_DEADLINE_MS} ms after a boot`);
      return;
    }
  }
}
