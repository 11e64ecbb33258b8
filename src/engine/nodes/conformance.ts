// Node types of the public suite that are no part of a production host (runs.md §17.3): they are there with test seams
// only, and go the ways that every other node goes.

import { costUsage } from "#protocol/cost.ts";
import type { JsonObject } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import type { NodeType } from "../node-type.ts";

/** Needs what no host provides. */
const requiresMissing: NodeType = {
  typeId: "conformance.requiresMissing",
  requires: ["conformance.never-provided"],
  start: () => ({ kind: "complete", outputs: {} }),
};

/** Says what a call to a provider cost; whatever is not on the list of cost attributes stays out of the log. */
const costEmit: NodeType = {
  typeId: "conformance.cost.emit",
  config: Type.Object({ attrs: Type.Object({}, { additionalProperties: true }) }, { additionalProperties: false }),
  start({ config, nodeId }) {
    const usage = costUsage(config.attrs as JsonObject);
    return { kind: "complete", outputs: {}, events: [{ type: "provider.usage", payload: { ...usage, nodeId } }] };
  },
};

export const conformanceNodes: readonly NodeType[] = [requiresMissing, costEmit];
