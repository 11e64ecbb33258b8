// A thread as the daemon serves it, in memory: messages with positions, live pieces without. Its assistant echoes,
// unless a test takes the turns into its own hands.

import type { ServerResponse } from "node:http";
import { type Answerer, always, answer, type Frame, frameText, stream } from "./double.ts";

const at = "2026-01-01T00:00:00.000Z";

export class EchoThread {
  readonly readers = new Set<ServerResponse>();
  readonly sent: Frame[] = [];
  /** What happens when a message was taken; default: live text in two pieces, then the answer. */
  turn: (message: { messageId: string; runId: string; text: string }) => void = ({ messageId, runId, text }) => {
    this.send({ event: "delta", data: { runId, offset: 0, text: "You said " } });
    this.send({ event: "delta", data: { runId, offset: 9, text } });
    this.say({ text: `You said ${text}.`, runId, inReplyTo: messageId });
  };
  readonly #threadId: string;
  #position = 0;

  constructor(threadId = "cli") {
    this.#threadId = threadId;
  }

  say(rest: object): { messageId: string } {
    this.#position += 1;
    const messageId = `msg_${this.#position}`;
    this.send({
      id: this.#position,
      event: "message",
      data: { messageId, role: "agent", runId: "run_0", at, ...rest },
    });
    return { messageId };
  }

  send(frame: Frame): void {
    this.sent.push(frame);
    for (const reader of this.readers) reader.write(frameText(frame));
  }

  /** Breaks every connection that reads the thread. */
  breakOff(): void {
    for (const reader of this.readers) reader.destroy();
  }

  get stream(): Answerer {
    return (request, response) => {
      const after = Number(request.headers["last-event-id"] ?? 0);
      const missed = this.sent.filter(({ id, event }) => event === "message" && Number(id) > after);
      stream(missed, "hold")(request, response);
      this.readers.add(response);
      response.once("close", () => this.readers.delete(response));
    };
  }

  get post(): Answerer {
    return ({ body }, response) => {
      const { text } = body as { text: string };
      const runId = `run_${this.#position + 1}`;
      const { messageId } = this.say({ role: "user", text, runId });
      answer(response, { accepted: true, duplicate: false, messageId, threadId: this.#threadId, runId }, 202);
      this.turn({ messageId, runId, text });
    };
  }

  get routes(): Record<string, Answerer> {
    const base = `/v1/host/parley/threads/${this.#threadId}`;
    const waiting = always({ interrupts: [] });
    return {
      "GET /v1/host/parley/interrupts": waiting,
      [`GET ${base}/stream`]: this.stream,
      [`POST ${base}/messages`]: this.post,
    };
  }
}

/** An open question as the daemon lists it. */
export function question(rest: { interruptId: string; kind: string; data: object; [member: string]: unknown }): object {
  return { runId: "run_1", nodeId: "turn", threadId: "cli", requestedAt: at, ...rest };
}
