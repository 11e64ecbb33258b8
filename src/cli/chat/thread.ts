// A thread on the wire: post, read, follow (triggers-channels.md C6).

import type { PendingInterrupt } from "#protocol/interrupts.ts";
import type { Message, MessageAccepted, MessagePage, ThreadStopped } from "#protocol/threads.ts";
import { type Client, path } from "../client.ts";
import { ApiError } from "../failures.ts";
import { type FollowOptions, follow } from "../follow.ts";
import { collect, readList } from "../pages.ts";

export type ThreadEvent =
  | { event: "message"; data: Message }
  /** Live text of a turn: from character `offset` on. */
  | { event: "delta"; data: { runId: string; offset: number; text: string } }
  | { event: "activity"; data: { runId: string; agent?: string; text: string } }
  | { event: "interrupt"; data: PendingInterrupt }
  | { event: "interrupt.resolved"; data: SettledInterrupt };

export interface SettledInterrupt {
  interruptId: string;
  runId: string;
  nodeId: string;
  resolvedBy?: string;
  outcome?: string;
}

const known: readonly string[] = ["message", "delta", "activity", "interrupt", "interrupt.resolved"];

export interface Thread {
  client: Client;
  threadId: string;
}

function addressOf(threadId: string): string {
  return path`/v1/host/parley/threads/${threadId}`;
}

/**
 * Sends a message. The `clientMessageId` stays the same over all attempts: the daemon takes the message once, however
 * often the connection drops.
 */
export function postMessage(
  { client, threadId }: Thread,
  message: { text: string; clientMessageId: string; agent?: string },
  limits: { graceMs: number; signal: AbortSignal },
): Promise<MessageAccepted> {
  const address = `${addressOf(threadId)}/messages`;
  return client.json<MessageAccepted>({ method: "POST", path: address, body: message, repeatable: true, ...limits });
}

/** Stops the running turn of the thread; without one nothing happens, and `runId` is absent. */
export function stopTurn({ client, threadId }: Thread): Promise<ThreadStopped> {
  return client.post(`${addressOf(threadId)}/stop`, {});
}

/** A new turn for a message that had one before; for an answer, the message it answers. */
export function retryMessage(client: Client, messageId: string): Promise<MessageAccepted> {
  return client.post(path`/v1/host/parley/messages/${messageId}/retry`, {});
}

/** The newest messages, oldest first; none when the thread does not exist yet. */
export async function readMessages({ client, threadId }: Thread, limit: number): Promise<Message[]> {
  try {
    return (await client.get<MessagePage>(addressOf(threadId), { limit })).messages;
  } catch (error) {
    if (error instanceof ApiError && error.envelope.error === "not_found") return [];
    throw error;
  }
}

/** Open questions of the daemon that are looked through for those of one thread. */
const MOST_OPEN_QUESTIONS = 1000;

/** The questions that wait in the thread. */
export async function readOpenQuestions({ client, threadId }: Thread): Promise<PendingInterrupt[]> {
  const list = { path: "/v1/host/parley/interrupts", query: { status: "pending" }, member: "interrupts" };
  const open = await collect(readList<PendingInterrupt>(client, { ...list, limit: MOST_OPEN_QUESTIONS }));
  return open.filter((item) => item.threadId === threadId);
}

/** What happens in a thread: the last messages first, then live. Each message and question comes once. */
export async function* followThread(
  { client, threadId }: Thread,
  options: Omit<FollowOptions, "path" | "query">,
): AsyncGenerator<ThreadEvent, void> {
  const seen = new RecentIds();
  for await (const { event, data } of follow(client, { ...options, path: `${addressOf(threadId)}/stream` })) {
    // What a newer daemon may send besides is not for us.
    if (!known.includes(event)) continue;
    const happened = { event, data: JSON.parse(data) } as ThreadEvent;
    if (happened.event === "message" && !seen.add(happened.data.messageId)) continue;
    // Open questions are repeated on every new connection.
    if (happened.event === "interrupt" && !seen.add(happened.data.interruptId)) continue;
    yield happened;
  }
}

/** Whether this message is the end of the turn that the given message began. */
export function answers(message: Message, messageId: string): boolean {
  if (message.role === "user") return false;
  return message.inReplyTo === messageId || (message.alsoAnswers ?? []).includes(messageId);
}

const MOST_IDS = 2000;

/** Ids seen lately. A stream repeats at most its last hundred. */
export class RecentIds {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** False when it was there already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > MOST_IDS) this.#ids.delete(this.#ids.values().next().value as string);
    return true;
  }
}
