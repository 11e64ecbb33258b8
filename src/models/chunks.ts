// Reading what providers send: nothing is taken for granted but that it is JSON.

import type { Json } from "#protocol/json.ts";
import { GarbageError } from "./failures.ts";

/** The text, or none where something else stands. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** A number of tokens. */
export function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

export function notUnderstood(): GarbageError {
  return new GarbageError("The model's server sent something that is no piece of an answer. Trying again may help.");
}
