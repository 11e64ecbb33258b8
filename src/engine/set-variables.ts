// Variables set from outside of the run while it goes on (test seams). They change as a node's would: by events.

import type { JsonObject } from "#protocol/json.ts";
import { type Draft, emit } from "./draft.ts";
import { deepEqual } from "./expression/deep-equal.ts";

/** What did not change is not written. */
export function setVariables(draft: Draft, values: JsonObject): void {
  for (const [name, next] of Object.entries(values)) {
    if (next === undefined) continue;
    const previous = draft.state.variables.get(name);
    if (previous !== undefined && deepEqual(previous, next)) continue;
    emit(draft, "variable.changed", { name, ...(previous !== undefined && { previous }), next });
  }
}
