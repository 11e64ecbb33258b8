// Gates: nodes that ask and wait (runs.md §6.1, §6.5; interrupts-conversations.md §3, §4).

import { ClarificationData, CustomData, ExternalEventData, Question } from "#protocol/interrupts.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { InterruptKind } from "#protocol/status.ts";
import Type, { AnyObject, OneOf, type TSchema } from "#protocol/type.ts";
import type { NodeContext, NodeOutcome, NodeType } from "../node-type.ts";

const TimeoutMs = Type.Optional(Type.Integer({ minimum: 0 }));
const AUTH_REQUIRED = "openwop-interrupt-auth-required";

/** Actions a gate may offer so far; `refine` and `ask` need a way back to the producer or a side channel. */
const offeredActions = ["accept", "reject", "edit-accept"] as const;

/** Asks people to approve. Without actions in the config: accept or reject. */
export const approvalGate: NodeType = {
  typeId: "core.approvalGate",
  config: Type.Object({
    title: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    actions: Type.Optional(Type.Array(OneOf(offeredActions), { minItems: 1, uniqueItems: true })),
    requiredApprovals: Type.Optional(Type.Integer({ minimum: 1 })),
    rejectionPolicy: Type.Optional(Type.Union([Type.Literal("single-veto"), Type.Literal("majority")])),
    approversList: Type.Optional(Type.Array(Type.String())),
    profile: Type.Optional(Type.String()),
    artifactData: Type.Optional(Type.Unknown()),
    timeoutMs: TimeoutMs,
  }),
  start: (context) => ({
    kind: "ask",
    interrupt: {
      kind: "approval",
      data: approvalData(context),
      mirrorApproval: true,
      authRequired: context.config.profile === AUTH_REQUIRED,
      ...timeoutOf(context.config),
    },
  }),
  onAnswer: (context, answer) => decided(context, answer as JsonObject),
};

function approvalData({ runId, nodeId, config, inputs }: NodeContext): JsonObject {
  const artifactData = Object.hasOwn(inputs, "input") ? inputs.input : config.artifactData;
  return {
    artifactId: `${runId}:${nodeId}`,
    artifactType: "approval-gate",
    title: typeof config.title === "string" ? config.title : "Approval needed",
    actions: (config.actions as Json) ?? ["accept", "reject"],
    ...copy(config, ["description", "requiredApprovals", "rejectionPolicy", "approversList"]),
    ...(artifactData !== undefined && { artifactData }),
  };
}

/**
 * An approval goes on. A refusal follows the edges that ask for it (a condition that holds for this very answer); with
 * no such edge it fails the node, so that what stands behind a gate never runs unapproved.
 */
function decided(context: NodeContext, answer: JsonObject): NodeOutcome {
  if (
    answer.action !== "reject" ||
    context.routesOn({ status: "completed", output: answer, outputs: { output: answer } })
  ) {
    return { kind: "complete", outputs: { output: answer } };
  }
  const details = { decidedBy: answer.decidedBy, ...(answer.reason !== undefined && { reason: answer.reason }) };
  return { kind: "fail", error: { code: "approval_rejected", message: "The approval was refused.", details } };
}

/** Asks questions; the answers become `output` as a map by question id. */
export const clarificationGate: NodeType = {
  typeId: "core.clarificationGate",
  config: Type.Object({
    questions: Type.Array(Question, { minItems: 1 }),
    contextType: Type.Optional(Type.String()),
    timeoutMs: TimeoutMs,
  }),
  check: ({ config }) => duplicateQuestions(config.questions as { id: string }[]),
  start: ({ config }) => ({
    kind: "ask",
    interrupt: {
      kind: "clarification",
      data: { questions: config.questions as Json, ...copy(config, ["contextType"]) },
      ...timeoutOf(config),
    },
  }),
  onAnswer: (_context, answer) => ({ kind: "complete", outputs: { output: (answer as JsonObject).answers as Json } }),
};

function duplicateQuestions(questions: { id: string }[]) {
  const ids = questions.map((question) => question.id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  return twice === undefined ? [] : [{ path: "config.questions", message: `Question id ${twice} stands twice.` }];
}

/** Kinds that the generic node offers; the others belong to nodes of their own. */
const dataShapes: Partial<Record<InterruptKind, TSchema>> = {
  clarification: ClarificationData,
  "external-event": ExternalEventData,
  custom: CustomData,
};

/** The generic suspension: the answer becomes `output`. */
export const interrupt: NodeType = {
  typeId: "core.interrupt",
  config: Type.Union(
    Object.entries(dataShapes).map(([kind, data]) =>
      Type.Object({
        kind: Type.Literal(kind),
        data,
        resumeSchema: Type.Optional(AnyObject),
        timeoutMs: TimeoutMs,
        profile: Type.Optional(Type.String()),
      }),
    ),
  ),
  start: ({ config }) => ({
    kind: "ask",
    interrupt: {
      kind: config.kind as InterruptKind,
      data: config.data as JsonObject,
      authRequired: config.profile === AUTH_REQUIRED,
      ...(config.resumeSchema !== undefined && { resumeSchema: config.resumeSchema as JsonObject }),
      ...timeoutOf(config),
    },
  }),
};

function timeoutOf(config: JsonObject): { timeoutMs?: number } {
  return typeof config.timeoutMs === "number" && config.timeoutMs > 0 ? { timeoutMs: config.timeoutMs } : {};
}

function copy(from: JsonObject, names: string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name] as Json]));
}
