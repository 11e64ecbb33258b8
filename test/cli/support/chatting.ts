// Somebody in a chat, and a thread whose turns a test takes into its own hands.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { CliOptions } from "./cli.ts";
import type { Answerer, Double } from "./double.ts";
import { EchoThread } from "./echo-thread.ts";
import { type Person, sitDown } from "./person.ts";

export type Chatting = Person & { daemon: Double };

interface Story {
  thread?: EchoThread;
  routes?: Record<string, Answerer>;
  args?: string[];
  options?: Partial<CliOptions>;
}

/** Somebody who has begun a conversation and sees the prompt. */
export async function chatting(t: TestContext, { thread = new EchoThread(), routes, args = [], options }: Story = {}) {
  const person = await sitDown(t, {
    args: ["chat", ...args],
    routes: { ...thread.routes, ...routes },
    ...(options && { options }),
  });
  await person.sees("Thread cli.");
  await person.waitsUntil(() => thread.readers.size === 1, "the stream is open");
  return { person, thread };
}

/** A thread whose turns begin and do not end by themselves; the last one is at hand. */
export function openTurns(): { thread: EchoThread; turns: { messageId: string; runId: string; text: string }[] } {
  const thread = new EchoThread();
  const turns: { messageId: string; runId: string; text: string }[] = [];
  thread.turn = (message) => turns.push(message);
  return { thread, turns };
}

export async function leave(person: Chatting): Promise<void> {
  person.enters("/quit");
  assert.equal((await person.ended).code, 0);
}
