// ModelProvider: one language model service.
//
// A request is complete in itself: the whole conversation, the tools the model may ask for, the shape of the answer.
// Who keeps the conversation, repeats a failed call or counts the bill is not the provider's business.

import type { JsonObject } from "#protocol/json.ts";
import type { TraceHeaders } from "#protocol/trace.ts";

/** A tool that the model asks for. `callId` is the provider's, unique within its answer. */
export interface ToolCall {
  callId: string;
  /** As in {@link ModelTool.name}. */
  name: string;
  arguments: JsonObject;
  /** What the model wrote when it was no JSON object; `arguments` is then empty. */
  unreadable?: string;
}

/**
 * One message of a conversation. Rules that every provider's history keeps (P-5): the system message comes first; an
 * assistant message with tool calls is followed by exactly one tool message per call; no message is empty.
 */
export type ModelMessage =
  | { role: "system" | "user"; text: string }
  | { role: "assistant"; text: string; toolCalls?: readonly ToolCall[] }
  /** What came of a call. `failed`: it did not do what was asked; `text` says why. */
  | { role: "tool"; callId: string; name: string; text: string; failed?: boolean };

/** A tool as the model sees it. */
export interface ModelTool {
  /** `[A-Za-z0-9_-]{1,64}`. */
  name: string;
  description: string;
  /** JSON Schema of the arguments, `type: object`. */
  parameters: JsonObject;
}

export interface ModelRequest {
  model: string;
  messages: readonly ModelMessage[];
  /** Absent or empty: the model may only talk. */
  tools?: readonly ModelTool[];
  /** The answer must be one JSON document of this schema (JSON Schema, `type: object`); it comes as text. */
  answerSchema?: { name: string; schema: JsonObject };
  maxOutputTokens?: number;
  temperature?: number;
  /** The same on every repetition of the same logical call; sent where a provider takes an idempotency key. */
  requestId: string;
  /** The trace that the call belongs to; goes out with the request. */
  trace?: TraceHeaders;
  /** Roster id of who speaks. The offline model plays by it; it never leaves the machine. */
  agent?: string;
}

/** What a call cost. Tokens are whole numbers; `costUsd` is an estimate, absent when the price is not known. */
export interface ModelUsage {
  inputTokens: number;
  outputTokens: number;
  costUsd?: number;
}

/** Why there is no answer. Each has one meaning for the caller: see {@link isWorthRepeating}. */
export type ModelFailureReason =
  /** No connection, or the name does not resolve: nothing was sent. */
  | "unreachable"
  /** 429; `retryAfterMs` when the provider said when. */
  | "rate-limited"
  /** 5xx, 408, 409, 529. */
  | "overloaded"
  /** The line dropped, or the stream ended, before the answer was whole. */
  | "broken-off"
  /** What came was not in the provider's protocol. */
  | "garbage"
  /** 401, 403: the key is wrong or may not use this model. */
  | "unauthorized"
  /** 404: no such model or address. */
  | "not-found"
  /** The conversation is longer than the model takes. */
  | "too-long"
  /** Any other 4xx: the request itself is wrong. */
  | "rejected";

export type ModelResult =
  | {
      outcome: "answered";
      /** May be empty when there are tool calls. */
      text: string;
      toolCalls: ToolCall[];
      /** The model's own account of its thinking, when it gives one. */
      reasoning?: string;
      usage: ModelUsage;
      /** `length`: cut at the token limit. `refused`: the provider's filter or the model declined. */
      finishReason: "stop" | "tool-calls" | "length" | "refused";
      /** As the provider names it. */
      model: string;
    }
  | {
      outcome: "failed";
      reason: ModelFailureReason;
      /** For the person who waits: what happened and what can be done, without a credential or a raw body. */
      message: string;
      retryAfterMs?: number;
      /** What the provider reported before it failed; nothing read and nothing written when it turned the request away. */
      usage?: ModelUsage;
      /** A mock's own words for it: the code of the error, and whether the node may try again; absent = by `reason`. */
      verdict?: { code: string; retryable: boolean };
      /** Certainly nothing was billed: nothing was sent, or it was refused at the door. */
      unbilled: boolean;
    };

/** Whether the same request may succeed a little later. */
export function isWorthRepeating(reason: ModelFailureReason): boolean {
  return ["unreachable", "rate-limited", "overloaded", "broken-off", "garbage"].includes(reason);
}

export interface ModelProvider {
  /** As in the configuration: `openai`, `anthropic`, `scripted`. */
  readonly provider: string;
  /**
   * One call, one request on the wire: it never repeats by itself. Reading: may be repeated after a crash. `onText`
   * receives pieces of the answer's text as they come, in order; they are live only, the result is what counts.
   * Never rejects for what the provider does; rejects with the signal's reason when `signal` aborts, having closed
   * the connection.
   */
  generate(request: ModelRequest, onText: (text: string) => void, signal: AbortSignal): Promise<ModelResult>;
}
