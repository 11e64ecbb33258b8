// One run below a node: how it is planned, what it is given, and what is taken from it (runs.md §6.2, §6.3).
//
//   C1. The child's id stands in the log before anybody creates it; one child per execution of the node (and worker).
//   C2. Values are folded in once, when it is planned; nothing that changes above later reaches it.
//   C3. A value that is kept out of a log goes only where the other document keeps it out, too; elsewhere its mask goes.

import type { EffectResult } from "#ports/effects.ts";
import type { ChildCause } from "#ports/rows.ts";
import type { RunError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import type { EffectRequest, NodeContext, NodeEvent, NodeOutcome } from "../node-type.ts";
import { maskOfVariable } from "../seal.ts";
import { type ChildRequest, startRun } from "./effects.ts";
import type { ChildEnd } from "./state.ts";

/** Runs may stand below each other this deep: workflows that start themselves come to an end. */
const MAX_CHILD_DEPTH = 8;

/** Keys of one side to names of variables of the other. */
export const Mapping = Type.Record(Type.String(), Type.String());
export type Mapping = Readonly<Record<string, string>>;

export interface ChildPlan {
  workflowId: string;
  ordinal: number;
  cause: ChildCause;
  /** Child variable to variable of ours. */
  inputMapping: Mapping;
  /** Variable of ours to child variable. */
  outputMapping: Mapping;
  /** Inputs beside the mapped ones. */
  inputs?: JsonObject;
  /** Variables that this very step is about to write. */
  written?: JsonObject;
  needed?: string[];
}

export type PlannedChild = { ok: true; childRunId: string; effect: EffectRequest } | { ok: false; error: RunError };

/** Chooses the id of a child, and says what it is started with. */
export function planChild(context: NodeContext, plan: ChildPlan): PlannedChild {
  if (context.depth >= MAX_CHILD_DEPTH) {
    const message = `Runs may stand at most ${MAX_CHILD_DEPTH} deep below each other: ${plan.workflowId} is not started.`;
    const details = { depth: context.depth + 1, limit: MAX_CHILD_DEPTH, workflowId: plan.workflowId };
    return { ok: false, error: { code: "child_depth_exceeded", message, details } };
  }
  const mapped = mapInputs(context, plan);
  if (!mapped.ok) return mapped;
  const { inputs, sensitive, unset } = mapped;
  const childRunId = context.ids.next("run");
  const harvest = [...new Set(Object.values(plan.outputMapping))];
  const request: ChildRequest = {
    childRunId,
    workflowId: plan.workflowId,
    inputs: { ...plan.inputs, ...inputs },
    cause: plan.cause,
    ...(sensitive.length > 0 && { sensitive }),
    ...(unset.length > 0 && { unset }),
    ...(harvest.length > 0 && { harvest }),
    ...(plan.needed && plan.needed.length > 0 && { needed: plan.needed }),
  };
  return { ok: true, childRunId, effect: startRun(plan.ordinal, request) };
}

type MappedInputs =
  | { ok: true; inputs: JsonObject; sensitive: string[]; unset: string[] }
  | { ok: false; error: RunError };

/** A variable of ours without a value leaves the child's without one, whatever its default. */
function mapInputs(context: NodeContext, { inputMapping, written = {} }: ChildPlan): MappedInputs {
  const inputs: [string, Json][] = [];
  const sensitive: string[] = [];
  const unset: string[] = [];
  for (const [name, own] of Object.entries(inputMapping)) {
    const reading = Object.hasOwn(written, own)
      ? { ok: true as const, value: written[own] }
      : context.readVariable(own);
    if (!reading.ok) return reading;
    if (reading.value === undefined) unset.push(name);
    else inputs.push([name, reading.value]);
    if (context.isSensitive(own)) sensitive.push(name);
  }
  return { ok: true, inputs: Object.fromEntries(inputs), sensitive, unset };
}

/** Values of a completed child by the variables of ours that take them; one that has none changes nothing. */
export function harvest(context: NodeContext, outputMapping: Mapping, { variables = {}, sensitive = [] }: ChildEnd) {
  const taken: [string, Json][] = [];
  for (const [own, name] of Object.entries(outputMapping)) {
    if (!Object.hasOwn(variables, name)) continue;
    const masked = sensitive.includes(name) && !context.isSensitive(own);
    taken.push([own, masked ? maskOfVariable(name) : (variables[name] as Json)]);
  }
  return Object.fromEntries(taken);
}

/** The child's id stands in the log before anybody creates it (C1). */
export function notePlanned({ nodeId }: NodeContext, childRunId: string, childWorkflowId: string): NodeEvent {
  return { type: "parley.child.planned", payload: { nodeId, childRunId, childWorkflowId } };
}

/** The child that this node waits for told that it waits for people, or goes on. What comes late changes nothing. */
export function noteStatus({ nodeId, node }: NodeContext, result: EffectResult): NodeOutcome {
  const told = (result.outcome === "done" ? result.value : {}) as { childRunId?: string; sequence?: number };
  const { child } = node;
  if (!child || child.runId !== told.childRunId || child.toldSequence >= Number(told.sequence)) return stillWaiting();
  const event: NodeEvent = { type: "parley.child.status-changed", payload: { nodeId, ...(told as JsonObject) } };
  return stillWaiting([event]);
}

/** The node goes on waiting. */
export function stillWaiting(events: NodeEvent[] = []): NodeOutcome {
  return { kind: "wait", effects: [], events };
}

/** What the handler brings back when the child stands. */
export interface StartedChild {
  childRunId: string;
  workflowId: string;
  /** How it stood after its first decision. */
  status?: string;
  /** The agent that its document names. */
  agentId?: string;
}

/** A child that did not complete, as the error of the node that waited for it. */
export function childError({ childRunId, workflowId, status, error }: ChildEnd): RunError {
  const message =
    status === "cancelled"
      ? `The run ${childRunId} of ${workflowId} was cancelled.`
      : (error?.message ?? `The run ${childRunId} of ${workflowId} failed.`);
  const details = { childRunId, childStatus: status, workflowId, ...(error && { childError: error }) };
  return { code: `child_${status}`, message, details };
}

/** An effect that did not come to its end, as the error of the node that asked for it. */
export function startError(result: EffectResult): RunError {
  if (result.outcome === "failed") return { ...result.error, retryable: false };
  return { code: "interrupted", message: "The run below could not be started.", retryable: false };
}
