// One call over an SDK: what it needs before, and what became of it when the SDK throws.
//
// What happened is asked of the line, not of the SDK: what an SDK calls a connection error changes with its versions.

import type { ModelResult } from "#ports/model.ts";
import type { Json } from "#protocol/json.ts";
import { failureOnTheWay } from "./connection-failures.ts";
import {
  errorWordsOf,
  failure,
  failureInStream,
  failureOfStatus,
  GarbageError,
  isFiltered,
  type ModelFailure,
  type Service,
} from "./failures.ts";
import { askForKey, type KeySource } from "./key.ts";
import { type Line, openLine } from "./wire.ts";

/** What the SDK is set up with for this one call. */
export interface PreparedCall {
  service: Service;
  line: Line;
  baseUrl: string;
  /** Never empty: SDKs insist on one. The line takes it out again when there is no key. */
  keyForSdk: string;
}

const NO_KEY = "none";

/** Asks for the key and opens the line; a failure when there is no usable key. */
export async function prepareCall(
  vendor: { vendor: string; defaultBaseUrl: string },
  options: { baseUrl?: string; apiKey: KeySource },
  model: string,
): Promise<PreparedCall | ModelFailure> {
  const baseUrl = options.baseUrl ?? vendor.defaultBaseUrl;
  if (!URL.canParse(baseUrl)) {
    return failure("not-found", "The base URL of this model is no address. Set it right.", { unbilled: true });
  }
  const host = new URL(baseUrl).host;
  const isVendor = host === new URL(vendor.defaultBaseUrl).host;
  const name = isVendor ? vendor.vendor : host;
  const asked = await askForKey(options.apiKey, name);
  if (asked.outcome === "unusable") return failure("unauthorized", asked.message, { unbilled: true });
  const { key } = asked;
  if (key === undefined && isVendor) {
    const message = `${name} asks for an API key, and none is configured. Set one for this model.`;
    return failure("unauthorized", message, { unbilled: true });
  }
  const service: Service = { name, host, model, ...(key === undefined ? {} : { key }) };
  return { service, line: openLine(service), baseUrl, keyForSdk: key ?? NO_KEY };
}

/** What an error during a call means. `nowMs` is for a provider that names a date to come back at. */
export function resultOfError(error: unknown, { service, line }: PreparedCall, nowMs: number): ModelResult {
  // What was thrown while reading comes first: closing the stream for it leaves its own trace on the line.
  if (error instanceof GarbageError) return failure("garbage", error.message);
  const state = line.state();
  switch (state.state) {
    case "refused":
      if (isFiltered(errorWordsOf(state.refusal.body))) return refusedByFilter(service.model);
      return failureOfStatus(state.refusal, service, nowMs);
    case "failed":
      return failureOnTheWay(state.error, service, state.answering);
    case "open": {
      // The line is well: what came over it is wrong, or the provider reported an error of its own in the stream.
      const reported = (error as { error?: Json } | undefined)?.error;
      return reported === undefined ? failureOnTheWay(error, service, true) : failureInStream(reported, service);
    }
  }
}

/** The provider's filter turned the conversation away before the model saw it. */
function refusedByFilter(model: string): ModelResult {
  const usage = { inputTokens: 0, outputTokens: 0 };
  return { outcome: "answered", text: "", toolCalls: [], usage, finishReason: "refused", model };
}
