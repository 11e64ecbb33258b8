// What went wrong with a call to a provider, in the port's words.
//
//   F1. A message is written here, for the person who waits. Nothing a provider sent stands in it but short lower-case
//       words that name an error (`invalid_request_error`): providers echo keys and prompts in their error texts.
//   F2. `unbilled` is said only when it is certain: nothing left the machine, or the request was turned away.

import type { ModelFailureReason, ModelResult, ModelUsage } from "#ports/model.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { retryAfterOf } from "./retry-after.ts";

export type ModelFailure = Extract<ModelResult, { outcome: "failed" }>;

/** The service of a call, as messages name it. */
export interface Service {
  /** For people: "OpenAI", or the host of another address. */
  name: string;
  /** Host and port. */
  host: string;
  model: string;
  /** Absent: none was sent. Only compared with, never shown. */
  key?: string;
}

/** A request that was turned away is counted, too: it cost nothing. */
const NOTHING: ModelUsage = { inputTokens: 0, outputTokens: 0 };

/** Thrown where an answer breaks the provider's protocol or a bound. `message` follows F1. */
export class GarbageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "GarbageError";
  }
}

/** A provider's refusal by status, its body parsed when it was JSON. */
export interface Refusal {
  status: number;
  headers: Headers | undefined;
  body: Json | undefined;
}

/** The error in a body, `{error: {message, type, code, param}}` with both providers; some servers put it flat. */
export interface ErrorWords {
  /** For looking at, never for showing. */
  text: string;
  type: string;
  code: string;
  param: string;
}

export function errorWordsOf(body: Json | undefined): ErrorWords {
  const outer = isJsonObject(body) ? body : {};
  const error: JsonObject = isJsonObject(outer.error) ? outer.error : outer;
  const word = (value: Json | undefined) => (typeof value === "string" || typeof value === "number" ? `${value}` : "");
  const text = typeof outer.error === "string" ? outer.error : word(error.message) || word(outer.detail);
  return { text, type: word(error.type), code: word(error.code), param: word(error.param) };
}

/** A refusal by status. `nowMs` is for a `retry-after` that is a date. */
export function failureOfStatus(refusal: Refusal, service: Service, nowMs: number): ModelFailure {
  const words = errorWordsOf(refusal.body);
  const reason = reasonOfStatus(refusal.status, words);
  const retryAfterMs =
    reason === "rate-limited" || reason === "overloaded" ? retryAfterOf(refusal.headers, nowMs) : undefined;
  return {
    outcome: "failed",
    reason,
    message: messageFor(reason, refusal.status, words, service, retryAfterMs),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(isTurnedAway(refusal.status) ? { usage: NOTHING, unbilled: true } : { unbilled: false }),
  };
}

/** An error that the provider reported where an answer should be, or inside one that had begun well. */
export function failureInStream(body: Json | undefined, service: Service): ModelFailure {
  const words = errorWordsOf(typeof body === "string" ? { error: body } : body);
  const status = Number(words.code);
  const reason = Number.isInteger(status) && status >= 400 ? reasonOfStatus(status, words) : reasonOfWords(words);
  const message =
    reason === "broken-off"
      ? `${service.name} broke its answer off with an error of its own${named(words, service)}. Trying again may help.`
      : messageFor(reason, undefined, words, service, undefined);
  return { outcome: "failed", reason, message, unbilled: false };
}

export function failure(
  reason: ModelFailureReason,
  message: string,
  more: { unbilled?: boolean; usage?: ModelUsage } = {},
): ModelFailure {
  const usage = more.usage === undefined ? {} : { usage: more.usage };
  return { outcome: "failed", reason, message, ...usage, unbilled: more.unbilled ?? false };
}

/** Whether a body says that the provider's filter turned the conversation down. */
export function isFiltered({ code, type }: ErrorWords): boolean {
  return code === "content_filter" || code === "content_policy_violation" || type === "content_filter";
}

/** 408 and 409 are about the course of a request: it may have been worked on. */
function isTurnedAway(status: number): boolean {
  return status < 500 && status !== 408 && status !== 409;
}

function reasonOfStatus(status: number, words: ErrorWords): ModelFailureReason {
  if (isTooLong(words) || status === 413) return "too-long";
  // An empty account answers 429 as well (OpenAI) or 400 (Anthropic): waiting does not help there.
  if (isUnpaid(words) || status === 402 || status === 401 || status === 403) return "unauthorized";
  if (status === 429) return "rate-limited";
  if (status === 408 || status === 409 || status >= 500) return "overloaded";
  // 405: the address belongs to something that is not asked by POST.
  return status === 404 || status === 405 ? "not-found" : "rejected";
}

function reasonOfWords(words: ErrorWords): ModelFailureReason {
  if (isTooLong(words)) return "too-long";
  if (isUnpaid(words) || ["authentication_error", "permission_error"].includes(words.type)) return "unauthorized";
  if (words.type === "not_found_error" || words.code === "model_not_found" || isNoEndpoint(words)) return "not-found";
  if (words.type === "invalid_request_error") return "rejected";
  const word = `${words.type} ${words.code}`;
  if (word.includes("rate_limit")) return "rate-limited";
  if (/overloaded|server_error|api_error|unavailable|timeout/.test(word)) return "overloaded";
  return "broken-off";
}

/** Each server has its own words for it; the code is OpenAI's, the third Anthropic's, the others of local servers. */
function isTooLong({ code, type, text }: ErrorWords): boolean {
  return (
    code === "context_length_exceeded" ||
    type === "exceed_context_size_error" ||
    /prompt is too long|(maximum|available) context|context (length|window|size)|input is too long/i.test(text)
  );
}

/** LM Studio answers 200 to whatever address it does not know, and says so in its body. */
function isNoEndpoint({ text }: ErrorWords): boolean {
  return /unexpected endpoint|no such endpoint/i.test(text);
}

function isUnpaid({ code, type, text }: ErrorWords): boolean {
  return (
    [code, type].includes("insufficient_quota") || type === "billing_error" || /credit balance is too low/i.test(text)
  );
}

function messageFor(
  reason: ModelFailureReason,
  status: number | undefined,
  words: ErrorWords,
  service: Service,
  retryAfterMs: number | undefined,
): string {
  const { name, model } = service;
  switch (reason) {
    case "rate-limited": {
      const wait = retryAfterMs === undefined ? "Wait a little" : `Wait ${inWords(retryAfterMs)}`;
      return `${name} limits how much may be asked at a time, and the limit is reached. ${wait}, then try again.`;
    }
    case "overloaded":
      return `${name} cannot answer at the moment${status === undefined ? "" : ` (status ${status})`}. Try again in a while.`;
    case "unauthorized":
      if (isUnpaid(words) || status === 402)
        return `The account at ${name} has no credit left. Add credit, or use another model.`;
      if (service.key === undefined)
        return `${name} asks for an API key, and none is configured. Set one for this model.`;
      return status === 403
        ? `${name} does not let this API key use ${model}. Use another key, or another model.`
        : `${name} does not accept the API key. Set the right one for this model.`;
    case "not-found":
      return name === service.host
        ? `${name} knows no model ${model} at this address. Check the model's name and the base URL (often it ends in /v1).`
        : `${name} knows no model ${model}, or does not let this API key use it. Check the model's name.`;
    case "too-long":
      return `The conversation is longer than ${model} takes. Begin a new one, or use a model that takes more.`;
    default:
      return redirected(status)
        ? `${name} has moved to another address, which is not followed for safety. Set the new base URL.`
        : `${name} refused the request as wrong${named(words, service)}. Check the model's settings.`;
  }
}

function redirected(status: number | undefined): boolean {
  return status !== undefined && status >= 300 && status < 400;
}

function inWords(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  if (seconds < 120) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** The error's own name in brackets, as far as it is one (F1). */
function named(words: ErrorWords, service: Service): string {
  const kind = [words.code, words.type].find((word) => isSafe(word, service.key));
  const param = isSafe(words.param, service.key) ? words.param : undefined;
  const parts = [kind, param && `about ${param}`].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function isSafe(word: string, key: string | undefined): boolean {
  if (!/^[a-z][a-z_.]{1,47}$/.test(word)) return false;
  return key === undefined || !(key.includes(word) || word.includes(key));
}
