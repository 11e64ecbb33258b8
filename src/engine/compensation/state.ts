// What a run knows of undoing its effects. Folded from its own log (evolve.ts); absent where the workflow has no policy.

import type { CompensationStatus } from "#protocol/compensation.ts";
import type { RunError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";

/** Nodes of a definition that declare an inverse or that there is none; undefined: the workflow has no policy. */
export interface Compensable {
  readonly inverses: ReadonlySet<string>;
  readonly irreversible: ReadonlySet<string>;
}

/** One completed execution of such a node. */
export interface Forward {
  nodeId: string;
  /** How often the node had completed before. */
  repetition: number;
  outputs: JsonObject;
}

/** How a run ends when its inverses have. */
export type Ending =
  | { status: "failed"; error: RunError; failedNodeId?: string; asDeadLetter?: boolean }
  | { status: "cancelled"; by: string; reason?: string; parentRunId?: string };

export type ObligationState = "planned" | "started" | "completed" | "failed" | "manual";

/** What has to be undone, as the plan has it. */
export interface Obligation {
  compensationId: string;
  /** The node of the workflow. */
  nodeId: string;
  forwardLogicalInvocationId: string;
  /** Place in the order of completion. */
  ordinal: number;
  profileVersion: string | number;
  compensationNodeId: string;
  compensationNodeTypeId: string;
  requiresApproval: boolean;
  /** A fact that the inverse needs was never recorded. */
  unresolved?: boolean;
  /** Ports of the inverse. Beside the log: absent where the log was folded as it is shown. */
  inputs?: JsonObject;
}

export interface Plan {
  /** Sequence of the event that made it. */
  sequence: number;
  deadlineMs: number;
  /** In the order in which they are met. */
  obligations: readonly Obligation[];
  states: ReadonlyMap<string, ObligationState>;
  irreversible: number;
  paused: boolean;
  /** What the run will be when it is over. */
  endsAs: "failed" | "cancelled";
  /** How exactly. Beside the log, as the inputs. */
  ending?: Ending;
}

/** Replaced as a whole, so that a fork of the state shares it. */
export interface Compensation {
  readonly compensable: Compensable;
  readonly status: CompensationStatus;
  readonly forward: readonly Forward[];
  readonly plan?: Plan;
}

interface Holder {
  compensation?: Compensation;
  start: { fork?: { mode: "replay" | "branch"; fromSeq: number } };
}

/** The run undoes what it did: nothing of its workflow begins any more. */
export function isCompensating(state: Holder): boolean {
  return state.compensation?.plan !== undefined;
}

/** The plan of a branch's source: what it would undo, the branch never did. */
export function isPlanCopied({ compensation, start }: Holder): boolean {
  const { plan } = compensation ?? {};
  return plan !== undefined && start.fork !== undefined && plan.sequence < start.fork.fromSeq;
}

/** As the snapshot shows it; undefined: the workflow has no policy. */
export function compensationStatusOf(state: Holder): CompensationStatus | undefined {
  return state.start.fork?.mode === "branch" && isPlanCopied(state) ? "none" : state.compensation?.status;
}
