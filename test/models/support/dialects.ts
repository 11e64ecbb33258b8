// The two languages on the wire, as their servers write them: what the contract of a provider is tested with.

import { createAnthropicProvider } from "#models/anthropic.ts";
import type { KeySource } from "#models/key.ts";
import { createOpenAiProvider } from "#models/openai.ts";
import type { ModelProvider } from "#ports/model.ts";
import { checkAnthropicHistory, checkOpenAiHistory } from "#test/support/provider-rules.ts";

/** What a model answers, in the pieces in which it comes. */
export interface SpokenAnswer {
  text?: readonly string[];
  reasoning?: readonly string[];
  calls?: readonly { id: string; name: string; pieces: readonly string[] }[];
  /** `none`: the stream ends without a word about why. */
  finish?: "stop" | "tool-calls" | "length" | "refused" | "none";
  /** False: nothing about tokens. */
  usage?: boolean;
}

export interface WireDialect {
  name: "openai" | "anthropic";
  check(body: unknown): string[];
  create(url: string, apiKey: KeySource, now?: () => number): ModelProvider;
  path: string;
  /** The frames of a stream. */
  frames(answer: SpokenAnswer): string[];
  /** An error in a stream that had begun. */
  errorFrame(type: string, message: string): string;
  /** The body of a refusal. */
  errorBody(type: string, message: string): object;
  /** The key as it is sent. */
  keyOf(headers: NodeJS.Dict<string | string[]>): string | undefined;
}

/** What both servers count for every answer. */
export const COUNTED = { inputTokens: 12, outputTokens: 7 };
export const MODEL = "model-of-the-test";

export const openai: WireDialect = {
  name: "openai",
  check: checkOpenAiHistory,
  create: (url, apiKey, now) => createOpenAiProvider({ baseUrl: `${url}/v1`, apiKey, ...(now && { now }) }),
  path: "/v1/chat/completions",
  frames({ text = [], reasoning = [], calls = [], finish = "stop", usage = true }) {
    const deltas: object[] = [{ role: "assistant", content: "" }];
    deltas.push(...reasoning.map((piece) => ({ reasoning_content: piece })));
    deltas.push(...text.map((piece) => ({ content: piece })));
    for (const [index, { id, name, pieces }] of calls.entries()) {
      deltas.push({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] });
      deltas.push(...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })));
    }
    const words = { stop: "stop", "tool-calls": "tool_calls", length: "length", refused: "content_filter" };
    const chunks: object[] = deltas.map((delta) => chunk({ choices: [{ index: 0, delta, finish_reason: null }] }));
    if (finish === "none") return chunks.map(data);
    chunks.push(chunk({ choices: [{ index: 0, delta: {}, finish_reason: words[finish] }] }));
    if (usage)
      chunks.push(chunk({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 } }));
    return [...chunks.map(data), "data: [DONE]\n\n"];
  },
  errorFrame: (type, message) => data({ error: { message, type, code: type, param: null } }),
  errorBody: (type, message) => ({ error: { message, type, code: type, param: null } }),
  keyOf: ({ authorization }) => (typeof authorization === "string" ? authorization.replace("Bearer ", "") : undefined),
};

export const anthropic: WireDialect = {
  name: "anthropic",
  check: checkAnthropicHistory,
  create: (url, apiKey, now) => createAnthropicProvider({ baseUrl: url, apiKey, ...(now && { now }) }),
  path: "/v1/messages",
  frames({ text = [], reasoning = [], calls = [], finish = "stop", usage = true }) {
    const message = { id: "msg_1", type: "message", role: "assistant", content: [], model: MODEL, stop_reason: null };
    const frames = [
      event("message_start", {
        message: {
          ...message,
          ...(usage && { usage: { input_tokens: 10, cache_read_input_tokens: 2, output_tokens: 1 } }),
        },
      }),
    ];
    let index = 0;
    const block = (opening: object, deltas: object[]) => {
      frames.push(event("content_block_start", { index, content_block: opening }));
      frames.push(...deltas.map((delta) => event("content_block_delta", { index, delta })));
      frames.push(event("content_block_stop", { index }));
      index += 1;
    };
    if (reasoning.length > 0) {
      block(
        { type: "thinking", thinking: "", signature: "" },
        reasoning.map((thinking) => ({ type: "thinking_delta", thinking })),
      );
    }
    if (text.length > 0)
      block(
        { type: "text", text: "" },
        text.map((piece) => ({ type: "text_delta", text: piece })),
      );
    for (const { id, name, pieces } of calls) {
      const deltas = pieces.map((partial_json) => ({ type: "input_json_delta", partial_json }));
      block({ type: "tool_use", id, name, input: {} }, deltas);
    }
    if (finish === "none") return frames;
    const words = { stop: "end_turn", "tool-calls": "tool_use", length: "max_tokens", refused: "refusal" };
    const delta = { stop_reason: words[finish], stop_sequence: null };
    frames.push('event: ping\ndata: {"type": "ping"}\n\n');
    frames.push(event("message_delta", { delta, ...(usage && { usage: { output_tokens: 7 } }) }));
    return [...frames, event("message_stop", {})];
  },
  errorFrame: (type, message) => event("error", { error: { type, message } }),
  errorBody: (type, message) => ({ type: "error", error: { type, message } }),
  keyOf: ({ "x-api-key": key }) => (typeof key === "string" ? key : undefined),
};

export const dialects: readonly WireDialect[] = [openai, anthropic];

function chunk(members: object): object {
  return { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: MODEL, ...members };
}

export function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function event(type: string, members: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
}
