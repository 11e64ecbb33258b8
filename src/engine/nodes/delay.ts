// core.delay: a durable timer (runs.md §6.1). The input port wins over a run input of the same name, that over the config.

import type { JsonObject } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import { failure, type NodeContext, type NodeType } from "../node-type.ts";

const names = ["delayMs", "durationMs", "ms"] as const;
const Duration = Type.Optional(Type.Number({ minimum: 0 }));
/** About 24.8 days times 40: a bound that catches milliseconds given as micro- or nanoseconds. */
const MAX_DELAY_MS = 1000 * 24 * 3600 * 1000;

export const delay: NodeType = {
  typeId: "core.delay",
  restartable: () => true,
  config: Type.Object({ delayMs: Duration, durationMs: Duration, ms: Duration }),
  start: (context) => {
    const durationMs = requestedMs(context);
    if (durationMs === undefined) {
      return failure("validation_error", "A delay needs delayMs, durationMs or ms: a number of milliseconds >= 0.", {
        port: "delayMs",
      });
    }
    return { kind: "sleep", durationMs: Math.min(Math.round(durationMs), MAX_DELAY_MS) };
  },
  onTimer: (context) => ({ kind: "complete", outputs: { waitedMs: Math.round(requestedMs(context) ?? 0) } }),
};

function requestedMs({ inputs, runInputs, config }: NodeContext): number | undefined {
  const given = firstOf(inputs) ?? firstOf(runInputs) ?? secondsOf(runInputs) ?? firstOf(config);
  return typeof given === "number" && Number.isFinite(given) && given >= 0 ? given : undefined;
}

function firstOf(values: JsonObject): unknown {
  for (const name of names) if (Object.hasOwn(values, name)) return values[name];
  return undefined;
}

/** Older pause and cancel tests give the run `delaySeconds` (runs.md §17.3). */
function secondsOf(values: JsonObject): number | undefined {
  return typeof values.delaySeconds === "number" ? values.delaySeconds * 1000 : undefined;
}
