// What a workflow declares about undoing its effects, made ready when its graph is built.

import {
  type CompensationPolicy,
  DEFAULT_COMPENSATION_TIMEOUT_MS,
  type NodeCompensation,
} from "#protocol/compensation.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import type { Compensable } from "./state.ts";

export interface DeclaredCompensation {
  /** Every member that was left out has its default. */
  policy: Required<Omit<CompensationPolicy, "retry">> & Pick<CompensationPolicy, "retry">;
  /** Inverses by the node they undo. */
  inverses: ReadonlyMap<string, NodeCompensation>;
  compensable: Compensable;
}

/** Undefined: the workflow has no policy. The definition was found sound. */
export function compensationOf({ nodes, settings }: WorkflowDefinition): DeclaredCompensation | undefined {
  const given = (settings as { compensation?: CompensationPolicy }).compensation;
  if (!given) return undefined;
  const inverses = new Map(nodes.flatMap(({ id, compensation }) => (compensation ? [[id, compensation]] : [])));
  const irreversible = new Set(nodes.filter((node) => node.irreversibleEffect).map(({ id }) => id));
  return {
    policy: {
      profileVersion: 1,
      orderingModel: "reverse-completion",
      timeoutMs: DEFAULT_COMPENSATION_TIMEOUT_MS,
      exhaustedDisposition: "record-outcome",
      approvalScope: "declared",
      onParentCancel: "continue",
      ...given,
    },
    inverses,
    compensable: { inverses: new Set(inverses.keys()), irreversible },
  };
}
