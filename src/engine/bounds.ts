// Limits of one run: node executions and duration (runs.md §9, discovery-auth.md §2.1).

import type { EngineLimits } from "./engine.ts";
import type { Graph } from "./graph.ts";
import type { RunState } from "./state.ts";

/** Most transitions into started: the host's ceiling, lowered by `configurable.recursionLimit`. */
export function nodeExecutionLimit(limits: EngineLimits, state: RunState): number {
  const own = state.start.configurable.recursionLimit;
  return typeof own === "number" ? Math.min(own, limits.maxNodeExecutions) : limits.maxNodeExecutions;
}

/** Longest wall-clock duration from `run.started` in ms; undefined = none. Waiting for people counts. */
export function runDurationLimitMs(limits: EngineLimits, graph: Graph, state: RunState): number | undefined {
  const own = state.start.configurable.runTimeoutMs;
  const bounds = [limits.maxRunDurationMs, graph.definition.settings.timeout ?? 0, typeof own === "number" ? own : 0];
  const least = Math.min(...bounds.filter((bound) => bound > 0));
  return Number.isFinite(least) ? least : undefined;
}
