// EffectHandler: performs one kind of effect. Called after the effect's row is durable, outside any lock.

import type { RunError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { EffectRow } from "./rows.ts";

export type EffectResult =
  | { outcome: "done"; value: JsonObject }
  | { outcome: "failed"; error: RunError }
  /** Begun before a crash and not repeatable, or the line dropped mid-way: nobody knows. */
  | { outcome: "interrupted" };

export interface EffectHandler {
  readonly kind: string;
  /**
   * Does it, once. `effect.effectId` is the same on every repetition and goes out as the receiver's idempotency key.
   * Never rejects for what the outside does; may reject when `signal` aborts (deadline, cancel, shutdown).
   */
  perform(effect: EffectRow, signal: AbortSignal): Promise<EffectResult>;
}
