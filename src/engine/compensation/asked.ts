// When an operator's request about undoing the effects of a run means anything.

import type { Graph } from "../graph.ts";
import { isEnded, type RunState } from "../state.ts";
import type { CompensateCommand } from "./commands.ts";
import { isCompensating } from "./state.ts";

/** Why the run cannot be asked to; undefined: it can. */
export function cannotCompensate(
  { compensation: declared }: Pick<Graph, "compensation">,
  state: RunState,
  action: CompensateCommand["action"],
): string | undefined {
  const { compensation } = state;
  if (!declared || !compensation) return "Its workflow declares no compensation.";
  if (isEnded(state)) return "It has ended.";
  if (action === "resume") return compensation.plan?.paused ? undefined : "Its compensation is not paused.";
  if (isCompensating(state)) return "It is being compensated already.";
  if (!declared.policy.triggers.includes("operator-request")) return "Its policy does not let an operator ask for it.";
  return compensation.forward.length > 0
    ? undefined
    : "It has done nothing so far that a node declares an inverse for.";
}
