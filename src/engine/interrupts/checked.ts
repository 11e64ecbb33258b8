// What came of checking an answer.

import type { Json, JsonObject } from "#protocol/json.ts";

export type CheckedAnswer =
  /** `answer` is normalised: what the events store and the node gets. */
  { ok: true; answer: Json } | { ok: false; reason: "invalid" | "mismatch"; message: string; details: JsonObject };
