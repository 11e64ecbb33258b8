// core.loop: the pack alias of the iterator (runs.md §6.1), which produces a list of items. The graph has no cycles: what
// is to be done with each item is done by a node that takes the list.

import type { Json } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import { failure, type NodeType } from "../node-type.ts";

/** Hands on the list in the port `items`, else in the config, else in the port `input`: as `items`, `output`, `count`. */
export const iterator: NodeType = {
  typeId: "core.loop",
  config: Type.Object({ items: Type.Optional(Type.Array(Type.Unknown())) }),
  start: ({ config, inputs }) => {
    const items = inputs.items ?? (config.items as Json[] | undefined) ?? inputs.input;
    if (!Array.isArray(items)) return failure("validation_error", "There is no list of items.", { port: "items" });
    return { kind: "complete", outputs: { items, output: items, count: items.length } };
  },
};
