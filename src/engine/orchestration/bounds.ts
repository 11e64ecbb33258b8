// Bounds of the orchestration loop: turns of the supervisor in one run (runs.md §9, agents.md §7.4).

import type { NodeContext, NodeOutcome } from "../node-type.ts";

/** Ceiling of `configurable.maxLoopIterations`; discovery names it. */
export const MAX_LOOP_ITERATIONS = 100;

interface Bound {
  kind: "orchestrator-iterations" | "loop-iterations" | "dispatch-iterations";
  limit: number;
}

/** The end of a run that would go round once more than a bound allows. */
export function loopBreach({ kind, limit }: Bound, observed: number, message: string): NodeOutcome {
  return {
    kind: "fail",
    endsRun: true,
    events: [{ type: "cap.breached", payload: { kind, limit, observed } }],
    error: { code: "loop_limit_exceeded", message, details: { iteration: observed, limit, observed } },
  };
}

/** The end of a run whose supervisor may not decide once more. `ownCap`: what its own document allows. */
export function iterationBreach(
  context: NodeContext,
  who: string,
  ownCap: number | undefined,
): NodeOutcome | undefined {
  const decided = context.orchestration?.steps.length ?? 0;
  const { maxLoopIterations } = context.configurable;
  const wanted = typeof maxLoopIterations === "number" ? maxLoopIterations : MAX_LOOP_ITERATIONS;
  const bounds: Bound[] = [{ kind: "loop-iterations", limit: Math.min(wanted, MAX_LOOP_ITERATIONS) }];
  if (ownCap !== undefined) bounds.unshift({ kind: "orchestrator-iterations", limit: ownCap });
  const passed = bounds.filter(({ limit }) => decided >= limit).sort((a, b) => a.limit - b.limit)[0];
  if (!passed) return undefined;
  const { limit } = passed;
  return loopBreach(passed, limit + 1, `${who} stopped without an answer: it took more than ${limit} steps.`);
}
