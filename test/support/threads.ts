// Threads, as the conformance suite talks to them.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Response } from "./http.ts";
import type { Frame, SseStream } from "./sse.ts";
import type { Suite } from "./suite.ts";

export interface Message {
  messageId: string;
  role: string;
  text: string;
  agent?: string;
  runId: string;
  inReplyTo?: string;
  at: string;
}

export interface MessagePage {
  messages: Message[];
  nextCursor?: string;
}

export const threadsPath = "/v1/host/parley/threads";

export const newThread = (): string => `thread-${randomUUID()}`;

export class Threads {
  readonly #suite: Suite;

  constructor(suite: Suite) {
    this.#suite = suite;
  }

  post(threadId: string, body: unknown): Promise<Response> {
    return this.#suite.client.post(`${threadsPath}/${threadId}/messages`, body);
  }

  /** A page of a thread that must be there. */
  async page(threadId: string, query = ""): Promise<MessagePage> {
    const response = await this.#suite.client.get(`${threadsPath}/${threadId}${query}`);
    assert.equal(response.status, 200, response.text);
    return response.body as MessagePage;
  }

  /** Posts a text and waits for the end of its turn. */
  async say(threadId: string, text: string): Promise<{ messageId: string; runId: string }> {
    const { status, body } = await this.post(threadId, { text });
    assert.equal(status, 202);
    assert.equal(await this.#suite.client.ended(body.runId), "completed");
    return body;
  }

  open(threadId: string, headers: Record<string, string> = {}): Promise<SseStream> {
    return this.#suite.client.stream(`${threadsPath}/${threadId}/stream`, headers);
  }
}

/** Frames that carry a stored message. */
export function messagesOf(stream: SseStream): Frame[] {
  return stream.frames.filter(({ event }) => event === "message");
}
