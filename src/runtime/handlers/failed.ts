// What a handler of effects says of something that would fail again.

import type { EffectResult } from "#ports/effects.ts";

/** `message` is for people: what happened, without a secret. */
export function failed(code: string, message: string): EffectResult {
  return { outcome: "failed", error: { code, message, retryable: false } };
}
