// Gates: nodes that ask and wait (runs.md §6.1, §6.5; interrupts-conversations.md §2-§4, §10).

import {
  ApprovalData,
  ClarificationData,
  CustomData,
  ExternalEventData,
  LowConfidenceData,
  Question,
} from "#protocol/interrupts.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { InterruptKind } from "#protocol/status.ts";
import Type, { AnyObject, OneOf, type TSchema } from "#protocol/type.ts";
import { askedBack, decide, offeredActions } from "../interrupts/approval.ts";
import { APPROVAL_GATE } from "../loop.ts";
import type { NodeContext, NodeOutcome, NodeType } from "../node-type.ts";

const TimeoutMs = Type.Optional(Type.Integer({ minimum: 0 }));
const AUTH_REQUIRED = "openwop-interrupt-auth-required";

const approvalActions = ["accept", "reject", "refine", "edit-accept", "ask"] as const;

const Escalate = Type.Object(
  {
    afterMs: Type.Integer({ minimum: 1, description: "From the question on." }),
    to: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 100 }),
  },
  { additionalProperties: false },
);

/** Asks people to approve. Without actions in the config: accept or reject. */
export const approvalGate: NodeType = {
  typeId: APPROVAL_GATE,
  config: Type.Object({
    title: Type.Optional(Type.String({ minLength: 1 })),
    description: Type.Optional(Type.String()),
    artifactType: Type.Optional(Type.String({ minLength: 1 })),
    actions: Type.Optional(Type.Array(OneOf(approvalActions), { minItems: 1, uniqueItems: true })),
    requiredApprovals: Type.Optional(Type.Integer({ minimum: 1 })),
    rejectionPolicy: Type.Optional(Type.Union([Type.Literal("single-veto"), Type.Literal("majority")])),
    approversList: Type.Optional(Type.Array(Type.String())),
    profile: Type.Optional(Type.String()),
    artifactData: Type.Optional(Type.Unknown()),
    timeoutMs: TimeoutMs,
    escalate: Type.Optional(Escalate),
  }),
  check: ({ config }) => {
    const { timeoutMs, escalate } = config as { timeoutMs?: number; escalate?: { afterMs: number } };
    if (!timeoutMs || !escalate || escalate.afterMs < timeoutMs) return [];
    return [{ path: "config.escalate.afterMs", message: "The question would be over before it is passed on." }];
  },
  start: (context) => askApproval(context, approvalData(context)),
  onSideAnswer: askedBack,
  onAnswer: (context, answer) => decide(context, answer as JsonObject, String(context.config.artifactType ?? "")),
};

/** Asks; a gate that may send back no more says so first. */
function askApproval(context: NodeContext, data: JsonObject): NodeOutcome {
  const { nodeId, config, waysBack } = context;
  const spent = waysBack && waysBack.iterations >= waysBack.limit ? waysBack : undefined;
  const limit = spent && { nodeId, iterations: spent.iterations, limit: spent.limit };
  return {
    kind: "ask",
    ...(limit && { events: [{ type: "workflow.loopback-limit", payload: limit }] }),
    interrupt: {
      kind: "approval",
      data,
      mirrorApproval: true,
      authRequired: config.profile === AUTH_REQUIRED,
      ...timeoutOf(config),
    },
  };
}

function approvalData(context: NodeContext): JsonObject {
  const { runId, nodeId, config, inputs } = context;
  const artifactData = Object.hasOwn(inputs, "input") ? inputs.input : config.artifactData;
  return {
    artifactId: `${runId}:${nodeId}`,
    artifactType: (config.artifactType as Json) ?? "approval-gate",
    title: typeof config.title === "string" ? config.title : "Approval needed",
    actions: offeredActions(context, config),
    ...copy(config, ["description", "requiredApprovals", "rejectionPolicy", "approversList", "escalate"]),
    ...(artifactData !== undefined && { artifactData }),
  };
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

/** Kinds that the generic node offers; conversations belong to a node of their own. */
const dataShapes: Partial<Record<InterruptKind, TSchema>> = {
  approval: ApprovalData,
  clarification: ClarificationData,
  "external-event": ExternalEventData,
  "low-confidence": LowConfidenceData,
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
  start: (context) => ({
    kind: "ask",
    interrupt: {
      kind: context.config.kind as InterruptKind,
      data: genericData(context),
      authRequired: context.config.profile === AUTH_REQUIRED,
      ...(context.config.resumeSchema !== undefined && { resumeSchema: context.config.resumeSchema as JsonObject }),
      ...timeoutOf(context.config),
    },
  }),
  onSideAnswer: askedBack,
  onAnswer: (context, answer) => {
    const { kind, data } = context.config as { kind: InterruptKind; data: JsonObject };
    if (kind !== "approval") return { kind: "complete", outputs: { output: answer } };
    return decide(context, answer as JsonObject, String(data.artifactType ?? ""));
  },
};

function genericData(context: NodeContext): JsonObject {
  const { kind, data } = context.config as { kind: InterruptKind; data: JsonObject };
  if (kind !== "approval") return data;
  return { ...data, actions: offeredActions(context, data) };
}

function timeoutOf(config: JsonObject): { timeoutMs?: number } {
  return typeof config.timeoutMs === "number" && config.timeoutMs > 0 ? { timeoutMs: config.timeoutMs } : {};
}

function copy(from: JsonObject, names: string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name] as Json]));
}
