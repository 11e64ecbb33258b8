// Reading channels: nodes see them as the variables of their names, as far as they may; clients see all of them, the
// sensitive ones masked (runs.md §10, §11.3).

import type { RunError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { WorkflowNode } from "#protocol/workflows.ts";
import { setMember } from "../expression/values/kinds.ts";
import type { RunState } from "../state.ts";
import { refuseAccess } from "./access.ts";
import { breakingChange, type ValidateForeign } from "./evolution.ts";

/** A value of the run as a node may read it. `value` undefined: there is none. */
export type Reading = { ok: true; value: Json | undefined } | { ok: false; error: RunError };

/** What one node may read by name. */
export interface Readable {
  /** A declared channel, or else a run variable. */
  read(name: string): Reading;
  /** All that it may read. */
  all(): JsonObject;
}

export function readableBy(
  state: RunState,
  node: Pick<WorkflowNode, "id" | "typeId">,
  validate: ValidateForeign,
): Readable {
  const read = (name: string): Reading => {
    const channel = state.channelPlan.declared.get(name);
    if (!channel) return { ok: true, value: state.variables.get(name) };
    const error = refuseAccess(channel, "readers", node) ?? breakingChange(state, channel, validate);
    return error ? { ok: false, error } : { ok: true, value: state.channels.get(name) };
  };
  return {
    read,
    all() {
      const found: JsonObject = {};
      for (const [name, value] of state.variables) setMember(found, name, value);
      for (const name of state.channels.keys()) {
        const reading = read(name);
        if (reading.ok && reading.value !== undefined) setMember(found, name, reading.value);
      }
      return found;
    },
  };
}

/** The declared channels as clients see them. */
export function shownChannels(state: RunState): JsonObject {
  const shown: JsonObject = {};
  for (const [name, value] of state.channels) {
    const sensitive = state.channelPlan.declared.get(name)?.sensitive === true;
    setMember(shown, name, sensitive ? maskOf(name) : value);
  }
  return shown;
}

/** What stands in the place of a sensitive channel's value. */
export function maskOf(channel: string): string {
  return `[REDACTED:channel:${channel}]`;
}
