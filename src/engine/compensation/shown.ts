// What the log shows of a plan: neither what the inverses get to know nor the error that the run will end with.

import type { JsonObject } from "#protocol/json.ts";

/** Payload of `compensation.requested` as it is written; its clear form is kept as content of the run (seal.ts). */
export function shownPlan({ ending: _ending, obligations, ...shown }: JsonObject): JsonObject {
  const open = (obligations ?? []) as JsonObject[];
  return { ...shown, obligations: open.map(({ inputs: _inputs, ...obligation }) => obligation) };
}
