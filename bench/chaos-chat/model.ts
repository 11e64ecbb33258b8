// The language model of a campaign: speaks chat completions, plays the turn that the last message asks for, and counts
// every request as a provider's bill would.
//
//   M1. A request counts when it has come in whole, whatever becomes of its answer.
//   M2. What it answers depends on the prompt alone; how the line misbehaves is drawn from the campaign's seed.

import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { checkOpenAiHistory } from "#test/support/provider-rules.ts";
import type { Random } from "../chaos/random.ts";
import { LoopbackServer } from "./loopback.ts";
import { askedIn, type Played, play } from "./turns.ts";

export interface ModelFaults {
  /** Probability of a 503. */
  refuse: number;
  /** Probability that the line is cut in the middle of the answer. */
  cut: number;
}

interface PromptMessage {
  role: string;
  content?: string | null;
  tool_calls?: unknown[];
}

/** Between the pieces of an answer, so that kills fall between them too. */
const PIECE_PAUSE_MS = 6;

export class ChatModel {
  /** Requests by Idempotency-Key. */
  readonly calls = new Map<string, number>();
  /** Prompts that a provider would have refused, and prompts that ask for nothing of the campaign. */
  readonly problems: string[] = [];
  faults: ModelFaults = { refuse: 0, cut: 0 };
  readonly #random: Random;
  readonly #receiverUrl: string;
  readonly #server = new LoopbackServer((request, response) => this.#handle(request, response));

  constructor(random: Random, receiverUrl: string) {
    this.#random = random;
    this.#receiverUrl = receiverUrl;
  }

  /** Returns what `baseUrl` is set to. */
  async listen(): Promise<string> {
    return `${await this.#server.listen()}/v1`;
  }

  get count(): number {
    return [...this.calls.values()].reduce((sum, calls) => sum + calls, 0);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await text(request)) as { messages: PromptMessage[] };
    const key = String(request.headers["idempotency-key"]);
    this.calls.set(key, (this.calls.get(key) ?? 0) + 1);
    for (const problem of checkOpenAiHistory(body)) this.problems.push(`the prompt of ${key}: ${problem}`);
    const refused = this.#random.chance(this.faults.refuse);
    const cut = this.#random.chance(this.faults.cut);
    const played = this.#playedFor(body.messages);
    if (!played) return void response.writeHead(400).end();
    if (played.waitMs > 0 && !(await stays(response, played.waitMs))) return;
    if (refused) return void response.writeHead(503, { "retry-after": "0" }).end();
    await stream(response, played, cut);
  }

  #playedFor(messages: readonly PromptMessage[]): Played | undefined {
    const at = messages.findLastIndex(({ role }) => role === "user");
    const text = messages[at]?.content ?? "";
    const asked = askedIn(text);
    if (!asked) {
      this.problems.push(`nobody writes "${text}"`);
      return undefined;
    }
    const round = messages.slice(at).filter(({ tool_calls: calls }) => calls !== undefined).length;
    return play(asked, round, this.#receiverUrl);
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

async function stream(response: ServerResponse, { text, calls }: Played, cut: boolean): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (rest: object) => {
    response.write(`data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, ...rest })}\n\n`);
  };
  const say = (delta: object, finish: string | null = null) =>
    send({ model: "chaos-1", choices: [{ index: 0, delta, finish_reason: finish }] });
  const pieces = [
    ...(text.match(/.{1,24}/gs) ?? []).map((content) => ({ content })),
    ...calls.map((call, index) => ({ tool_calls: [toolCall(call, index)] })),
  ];
  for (const [at, piece] of pieces.entries()) {
    if (cut && at === Math.floor(pieces.length / 2)) return void response.destroy();
    say(piece);
    await setTimeout(PIECE_PAUSE_MS);
  }
  say({}, calls.length > 0 ? "tool_calls" : "stop");
  send({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 8, total_tokens: 28 } });
  response.end("data: [DONE]\n\n");
}

function toolCall({ name, arguments: args }: Played["calls"][number], index: number): object {
  return { index, id: `call_${index}`, type: "function", function: { name, arguments: JSON.stringify(args) } };
}

/** False when the caller went away meanwhile. */
async function stays(response: ServerResponse, ms: number): Promise<boolean> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return setTimeout(ms, true, { signal: gone.signal }).catch(() => false);
}
