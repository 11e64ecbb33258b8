// core.subWorkflow: runs another workflow below this node, and goes on when that run has ended (runs.md §6.2).

import type { EffectResult } from "#ports/effects.ts";
import type { JsonObject } from "#protocol/json.ts";
import Type, { AnyObject, OneOf } from "#protocol/type.ts";
import {
  childError,
  harvest,
  Mapping,
  notePlanned,
  noteStatus,
  planChild,
  type StartedChild,
  startError,
  stillWaiting,
} from "../children/child.ts";
import { CHILD_STATUS_EFFECT, START_RUN_EFFECT } from "../children/effects.ts";
import type { ChildEnd } from "../children/state.ts";
import type { EndedEffect, NodeContext, NodeEvent, NodeOutcome, NodeType } from "../node-type.ts";

const SUB_WORKFLOW = "core.subWorkflow";

const Config = Type.Object({
  workflowId: Type.String({ minLength: 1, maxLength: 128 }),
  /** A run that nobody waits for would have nobody to report to: it is refused. */
  waitForCompletion: Type.Optional(Type.Literal(true)),
  onChildFailure: Type.Optional(OneOf(["fail-parent", "absorb"])),
  inputMapping: Type.Optional(Mapping),
  outputMapping: Type.Optional(Mapping),
  propagateCancellation: Type.Optional(Type.Boolean()),
  /** Stands behind `agents.subRunAttestation`, which is not offered: without effect, and no reason to refuse. */
  outputAttestation: Type.Optional(AnyObject),
});

interface Wanted {
  workflowId: string;
  onChildFailure?: "fail-parent" | "absorb";
  inputMapping?: Mapping;
  outputMapping?: Mapping;
  propagateCancellation?: boolean;
}

export const subWorkflow: NodeType = {
  typeId: SUB_WORKFLOW,
  effectful: true,
  config: Config,
  start: (context) => {
    const { workflowId, inputMapping = {}, outputMapping = {} } = wantedOf(context);
    const ordinal = context.node.execution;
    const planned = planChild(context, { workflowId, ordinal, cause: SUB_WORKFLOW, inputMapping, outputMapping });
    if (!planned.ok) return { kind: "fail", error: planned.error };
    const events = [notePlanned(context, planned.childRunId, workflowId)];
    return { kind: "wait", events, effects: [planned.effect] };
  },
  onEffect,
  onAbandon: (context) => {
    const { child } = context.node;
    const detached = wantedOf(context).propagateCancellation === false;
    return { events: [], childRunIds: child && !detached ? [child.runId] : [] };
  },
};

function wantedOf({ config }: NodeContext): Wanted {
  return config as unknown as Wanted;
}

function onEffect(context: NodeContext, result: EffectResult, ended: EndedEffect): NodeOutcome {
  if (ended.kind === CHILD_STATUS_EFFECT) return noteStatus(context, result);
  if (result.outcome !== "done") return { kind: "fail", error: startError(result) };
  if (ended.kind === START_RUN_EFFECT) return afterStart(context, result.value as unknown as StartedChild);
  return afterEnd(context, result.value as unknown as ChildEnd);
}

/** The child stands; its end can have come before. */
function afterStart({ node }: NodeContext, { childRunId, workflowId, status }: StartedChild): NodeOutcome {
  if (node.child?.runId !== childRunId || node.child.begun) return stillWaiting();
  return stillWaiting([dispatched(childRunId, workflowId, status)]);
}

function dispatched(childRunId: string, childWorkflowId: string, childStatus: string | undefined): NodeEvent {
  const payload = { childRunId, childWorkflowId, ...(childStatus !== undefined && { childStatus }) };
  return { type: "node.dispatched", payload };
}

function afterEnd(context: NodeContext, child: ChildEnd): NodeOutcome {
  const { childRunId, status } = child;
  const awaited = context.node.child;
  if (awaited?.runId !== childRunId) return stillWaiting();
  const { onChildFailure, outputMapping = {} } = wantedOf(context);
  const events = awaited.begun ? [] : [dispatched(childRunId, child.workflowId, status)];
  const outputs: JsonObject = { childRunId, childStatus: status };
  if (status === "completed") {
    const variables = harvest(context, outputMapping, child);
    return { kind: "complete", outputs: { ...outputs, output: child.outputs }, variables, events };
  }
  if (onChildFailure !== "absorb") return { kind: "fail", error: childError(child), events };
  return { kind: "complete", outputs: { ...outputs, ...(child.error && { error: child.error }) }, events };
}
