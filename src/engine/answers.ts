// Is this answer acceptable to that question? Pure; the app asks before it commits, with the state it decides on.

import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import { RefineFeedback } from "#protocol/interrupts.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { OrchestratorDecision } from "#protocol/orchestration.ts";
import { checkConversation } from "./conversation/answers.ts";
import type { Conversation } from "./conversation/conversation.ts";
import type { EngineEnvironment } from "./engine.ts";
import { deepEqual } from "./expression/deep-equal.ts";
import type { CheckedAnswer } from "./interrupts/checked.ts";
import type { OpenInterrupt } from "./state.ts";
import { editedItems, TOOL_CALL_ARTIFACT } from "./turn/approval.ts";

/** Who answers, and when: stamped into approvals. */
export interface Answerer {
  principal: string;
  /** ISO 8601. */
  at: string;
}

export function checkAnswer(
  environment: EngineEnvironment,
  interrupt: OpenInterrupt,
  value: Json,
  answerer: Answerer,
  conversation?: Conversation,
): CheckedAnswer {
  if (interrupt.kind === "conversation.exchange") {
    const schema = interrupt.data.outcomeSchema as JsonObject | undefined;
    return checkConversation(environment, schema, value, conversation);
  }
  const checked = byKind(environment, interrupt, value, answerer);
  if (!checked.ok || !interrupt.resumeSchema) return checked;
  const [problem] = environment.validateForeign(interrupt.resumeSchema, value);
  return problem ? invalid(problem.message, { path: `resumeValue${problem.path}` }) : checked;
}

function byKind(
  environment: EngineEnvironment,
  interrupt: OpenInterrupt,
  value: Json,
  answerer: Answerer,
): CheckedAnswer {
  switch (interrupt.kind) {
    case "approval":
      return checkApproval(environment, interrupt, value, answerer);
    case "clarification":
      return checkClarification(environment, interrupt, value);
    case "external-event":
      return checkExternalEvent(interrupt, value);
    case "low-confidence":
      return checkDecision(environment, interrupt, value);
    default:
      return { ok: true, answer: value };
  }
}

function checkApproval(
  environment: EngineEnvironment,
  interrupt: OpenInterrupt,
  value: Json,
  answerer: Answerer,
): CheckedAnswer {
  if (!isJsonObject(value)) return invalid("resumeValue must be an object with an action.", {});
  const given = normalizeAction(value);
  const offered = interrupt.data.actions as string[];
  const { action } = given;
  if (typeof action !== "string" || !offered.includes(action)) {
    return invalid(`action must be one of ${offered.join(", ")}.`, { field: "resumeValue.action", offered });
  }
  if (action === "ask") return checkQuestion(given);
  if (action === "refine") {
    const [problem] = environment.validate(RefineFeedback, given.refineFeedback);
    if (problem) return invalid(`refine needs refineFeedback: ${problem.message}`, { field: FEEDBACK + problem.path });
  }
  if (action === "edit-accept" && given.editedArtifactData === undefined) {
    return invalid("edit-accept needs editedArtifactData.", { field: "resumeValue.editedArtifactData" });
  }
  if (action === "edit-accept" && interrupt.data.artifactType === TOOL_CALL_ARTIFACT) {
    const problem = editedCallsProblem(environment, interrupt.data, given.editedArtifactData);
    if (problem) return problem;
  }
  const decided = { decidedBy: answerer.principal, decidedAt: answerer.at };
  if (action !== "edit-accept") return { ok: true, answer: { ...given, ...decided } };
  // Whoever carries it out can tell what exactly was agreed to.
  const editedArtifactHash = sha256Hex(canonicalJson(given.editedArtifactData as Json));
  return { ok: true, answer: { ...given, ...decided, editedArtifactHash } };
}

const FEEDBACK = "resumeValue.refineFeedback";

/** `ask`: what is asked, and the answer to it if there is one. */
function checkQuestion({ action, question, feedback, answer }: JsonObject): CheckedAnswer {
  const asked = question ?? feedback;
  if (typeof asked !== "string" || asked.trim() === "") {
    return invalid("ask needs a question.", { field: "resumeValue.question" });
  }
  return { ok: true, answer: { action: action as Json, question: asked, ...(answer !== undefined && { answer }) } };
}

/** The items to run: calls of the card, with arguments that their tools take. Dropped ones are refused. */
function editedCallsProblem(
  environment: EngineEnvironment,
  data: JsonObject,
  edited: Json | undefined,
): CheckedAnswer | undefined {
  const field = "resumeValue.editedArtifactData.items";
  const items = editedItems(edited);
  if (!items) return invalid("editedArtifactData must be {items: [{callId, arguments}]}.", { field });
  const asked = callsOf(data);
  for (const [at, item] of items.entries()) {
    const path = `${field}[${at}]`;
    const call = asked.find(({ callId }) => callId === item.callId);
    if (!call) return invalid(`The card has no call ${item.callId}.`, { field: `${path}.callId` });
    if (items.findIndex(({ callId }) => callId === item.callId) !== at) {
      return invalid(`The call ${item.callId} stands twice.`, { field: `${path}.callId` });
    }
    const tool = environment.tools.get(call.toolName);
    if (!tool) return invalid(`There is no tool ${call.toolName} here any more.`, { field: path });
    const [problem] = environment.validateForeign(tool.parameters, item.arguments);
    if (problem) return invalid(problem.message, { field: `${path}.arguments${problem.path}` });
  }
  return undefined;
}

function callsOf(data: JsonObject): { callId: string; toolName: string }[] {
  const items = isJsonObject(data.artifactData) ? data.artifactData.items : [];
  return items as unknown as { callId: string; toolName: string }[];
}

/**
 * What an operator ratifies in place of a decision of low confidence (agents.md §4): a decision of a supervisor is
 * replaced by one, any other decision by whatever its agent understands.
 */
function checkDecision(environment: EngineEnvironment, interrupt: OpenInterrupt, value: Json): CheckedAnswer {
  const isRouting = environment.validate(OrchestratorDecision, interrupt.data.decision).length === 0;
  const [problem] = isRouting ? environment.validate(OrchestratorDecision, value) : [];
  if (!problem) return { ok: true, answer: value };
  const message = "The answer must be a decision: {kind: next-worker | ask-user | terminate, …}.";
  return invalid(message, { field: "resumeValue", problem: problem.message });
}

/** Spellings of older clients (interrupts-conversations.md §2.1). */
function normalizeAction(value: JsonObject): JsonObject {
  if (value.action === "edit") return { ...value, action: "edit-accept" };
  if (value.action !== undefined || typeof value.decision !== "string") return value;
  const { decision, ...rest } = value;
  if (decision === "approved") return { ...rest, action: "accept" };
  if (decision !== "rejected") return value;
  const feedback = typeof value.feedback === "string" ? value.feedback.trim() : "";
  if (feedback === "") return { ...rest, action: "reject" };
  return { refineFeedback: { scope: "whole", text: feedback }, ...rest, action: "refine" };
}

interface Question {
  id: string;
  question: string;
  schema?: JsonObject;
}

function checkClarification(environment: EngineEnvironment, interrupt: OpenInterrupt, value: Json): CheckedAnswer {
  const answers = isJsonObject(value) ? answerMap(value.answers) : undefined;
  if (!answers) return invalid("resumeValue.answers must hold the answers.", { field: "resumeValue.answers" });
  const questions = interrupt.data.questions as unknown as Question[];
  for (const question of questions) {
    const field = `resumeValue.answers.${question.id}`;
    if (!Object.hasOwn(answers, question.id)) return invalid(`Question ${question.id} has no answer.`, { field });
    const [problem] = question.schema ? environment.validateForeign(question.schema, answers[question.id] as Json) : [];
    if (problem) return invalid(`Answer ${question.id}: ${problem.message}`, { field });
  }
  const unknown = Object.keys(answers).find((id) => !questions.some((question) => question.id === id));
  if (unknown !== undefined) {
    return invalid(`Nobody asked ${unknown}.`, { field: `resumeValue.answers.${unknown}` });
  }
  return { ok: true, answer: { answers } };
}

/** Both published forms: a map, or an array of `{id, answer}`. */
function answerMap(answers: Json | undefined): JsonObject | undefined {
  if (isJsonObject(answers)) return answers;
  if (!Array.isArray(answers)) return undefined;
  const entries: [string, Json][] = [];
  for (const item of answers) {
    if (!isJsonObject(item) || typeof item.id !== "string" || item.answer === undefined) return undefined;
    entries.push([item.id, item.answer]);
  }
  return Object.fromEntries(entries);
}

/** Every correlated member must be there and deep-equal; more members are fine (§4.3). */
function checkExternalEvent(interrupt: OpenInterrupt, value: Json): CheckedAnswer {
  const correlation = interrupt.data.correlation as JsonObject;
  const event = isJsonObject(value) && isJsonObject(value.eventPayload) ? value.eventPayload : value;
  const differing = Object.keys(correlation).find((name) => {
    return (
      !isJsonObject(event) || !Object.hasOwn(event, name) || !deepEqual(event[name] as Json, correlation[name] as Json)
    );
  });
  if (differing === undefined) return { ok: true, answer: value };
  const details = { field: `resumeValue.${differing}` };
  return { ok: false, reason: "mismatch", message: "The event does not belong to this question.", details };
}

function invalid(message: string, details: JsonObject): CheckedAnswer {
  return { ok: false, reason: "invalid", message, details };
}
