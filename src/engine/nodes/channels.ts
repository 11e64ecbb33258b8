// core.channelWrite: one write to a state channel (runs.md §6.1, §11).

import Type, { OneOf } from "#protocol/type.ts";
import { ages } from "../channels/reducers.ts";
import type { NodeProblem, NodeType } from "../node-type.ts";
import { valueToWrite } from "./basics.ts";

const reducers = ["replace", "append", "merge", "counter", "votes", "feedback", "message"] as const;
const LONGEST_TTL_MS = 31_536_000_000;

/**
 * Writes a value to a channel. The reducer of a declared channel is that of its declaration, and so is the TTL if the
 * declaration has one; the config's stand for a channel that is not declared.
 */
export const channelWrite: NodeType = {
  typeId: "core.channelWrite",
  config: Type.Object({
    channelName: Type.String({ minLength: 1, maxLength: 256 }),
    reducer: Type.Optional(OneOf(reducers)),
    ttlMs: Type.Optional(Type.Integer({ minimum: 0, maximum: LONGEST_TTL_MS, description: "0 = entries do not age." })),
    value: Type.Optional(Type.Unknown()),
  }),
  check: ({ config }, { channels }) => {
    const problems: NodeProblem[] = [];
    const declared = Object.hasOwn(channels ?? {}, String(config.channelName));
    const reducer = String(config.reducer ?? "append");
    if (!declared && config.ttlMs !== undefined && config.ttlMs !== 0 && !ages(reducer)) {
      problems.push({ path: "config.ttlMs", message: `Entries of ${reducer} channels have no age.` });
    }
    return problems;
  },
  start: (context) => {
    const channel = context.config.channelName as string;
    const reducer = (context.config.reducer ?? "append") as string;
    const value = valueToWrite(context);
    return {
      kind: "complete",
      outputs: { channelName: channel },
      channelWrites: [{ channel, value, reducer, sizePort: "size" }],
    };
  },
};
