// step: what follows when something an agent waited for has come. Pure; every way out is one outcome, one commit.
//
//   the model answered  → reply, or plan the calls that may happen, or ask for the ones a person must agree to
//   a call ended        → wait for the others; then ask for what is held; then the next round
//   the card came back  → plan what was agreed to, refuse the rest

import type { EffectResult } from "#ports/effects.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { CHILD_ENDED_EFFECT, START_RUN_EFFECT } from "../children/effects.ts";
import type { ChildEnd } from "../children/state.ts";
import type { EndedEffect, NodeContext, NodeOutcome } from "../node-type.ts";
import { approvalCard, decideHeld } from "./approval.ts";
import { type ExaminedCall, examineCalls, noteRefusal, noteReturn, planCall, toolEnd } from "./calls.ts";
import type { AgentConfig } from "./config.ts";
import {
  askModel,
  breachedBound,
  failTurn,
  MODEL_EFFECT,
  type ModelEffectValue,
  readModelResult,
} from "./model-call.ts";
import { keep, type Notes, noteDecision, noteInvocationEnd, noteReasoning, openNotes, summaryOf } from "./notes.ts";
import { type Call, callOfOrdinal, evolveTurn, freshTurn, type Turn } from "./turn.ts";

/** Begins a round, unless a bound of the agent says that there have been enough. */
export function beginRound(context: NodeContext, config: AgentConfig, notes: Notes = openNotes()): NodeOutcome {
  const turn = turnAfter(context, notes);
  const breach = breachedBound(context, config, turn);
  if (!breach) return askModel(context, config, turn, notes);
  notes.events.push(breach.event);
  return { kind: "fail", error: { ...breach.error, retryable: false }, ...notes };
}

/** The turn as it will stand when the notes are written. */
function turnAfter(context: NodeContext, notes: Notes): Turn {
  const event = { eventId: "", runId: context.runId, sequence: 0, timestamp: "", schemaVersion: 1, engineVersion: "1" };
  return notes.events.reduce(
    (turn, { type, payload }) => evolveTurn(turn, { ...event, type, payload }, context.nowMs),
    context.node.turn ?? freshTurn(),
  );
}

/** The turn goes on with what came of one of its effects. */
export function afterEffect(
  context: NodeContext,
  config: AgentConfig,
  result: EffectResult,
  ended: EndedEffect,
): NodeOutcome {
  const turn = context.node.turn ?? freshTurn();
  if (ended.kind === MODEL_EFFECT) {
    // A late result of a call that is over changes nothing.
    return turn.modelOrdinal === ended.ordinal ? afterModel(context, config, turn, result) : waiting(openNotes());
  }
  const call = callOfOrdinal(turn, ended.ordinal);
  if (!call || call.status === "ended") return waiting(openNotes());
  if (ended.kind === START_RUN_EFFECT && result.outcome === "done") return afterStart(call, result.value);
  return afterCall(context, config, turn, call, endOfCall(context, call, result, ended));
}

function waiting(notes: Notes): NodeOutcome {
  return { kind: "wait", ...notes };
}

function afterModel(context: NodeContext, config: AgentConfig, turn: Turn, result: EffectResult): NodeOutcome {
  const notes = openNotes();
  const read = readModelResult(context, notes, result);
  if ("error" in read) return failTurn(context, config, notes, read.error);
  const { answer } = read;
  noteReasoning(notes, context, config, answer.reasoning || summaryOf(answer.toolCalls));
  if (answer.toolCalls.length > 0) return callTools(context, config, turn, notes, answer);
  return reply(context, config, notes, answer);
}

type Answer = NonNullable<ModelEffectValue["answer"]>;

const USED_UP = "The language model used up the length of one answer before it said anything. Ask for less at a time.";
const CUT_OFF =
  'The answer was cut off: it reached the longest that the language model may write. Say "go on" for the rest.';

function reply(context: NodeContext, config: AgentConfig, notes: Notes, answer: Answer): NodeOutcome {
  const text = answer.text.trim();
  if (answer.finishReason === "refused") {
    const message = "The language model declined to answer this.";
    return failTurn(context, config, notes, { code: "model_refused", message });
  }
  const isCut = answer.finishReason === "length";
  if (text === "") {
    return failTurn(context, config, notes, {
      code: "model_empty",
      message: isCut ? USED_UP : "The language model gave an empty answer.",
    });
  }
  if (isCut) notes.notices.push(CUT_OFF);
  noteDecision(notes, config, { kind: "reply" });
  noteInvocationEnd(notes, context, config, "completed");
  if (!context.turn) return { kind: "complete", outputs: { output: text }, ...notes };
  return { kind: "complete", outputs: {}, reply: { text, agent: config.agent }, ...notes };
}

/** Records the answer, does what may be done at once, and holds back what a person must agree to. */
function callTools(context: NodeContext, config: AgentConfig, turn: Turn, notes: Notes, answer: Answer): NodeOutcome {
  const calls = examineCalls(context, config, turn, answer.toolCalls);
  notes.events.push({
    type: "parley.agent.answered",
    payload: {
      nodeId: context.nodeId,
      agentId: config.agentId,
      model: answer.model,
      ...keep(notes, `said:${context.runId}:${context.nodeId}:${turn.begun - 1}`, answer.text),
      calls: calls.map(shownCall),
    },
  });
  const held: Call[] = [];
  for (const { call, refusal, needsApproval } of calls) {
    if (refusal) noteRefusal(config, notes, call, refusal);
    else if (needsApproval) held.push(call);
    else planCall(context, config, notes, call);
  }
  return goOn(context, config, notes, { underWay: 0, held });
}

function shownCall({ call, needsApproval, refusal }: ExaminedCall): Json {
  const { callId, toolId, argsHash } = call;
  const inputs = needsApproval && !refusal ? { inputs: call.arguments } : {};
  return { callId, toolName: toolId, argsHash, ...inputs };
}

/** What the step leaves: calls that were under way before it, and calls that wait for a person. */
interface Left {
  underWay: number;
  held: readonly Call[];
}

function goOn(context: NodeContext, config: AgentConfig, notes: Notes, { underWay, held }: Left): NodeOutcome {
  if (underWay > 0 || notes.effects.length > 0) return waiting(notes);
  if (held.length > 0) return { kind: "ask", interrupt: approvalCard(context, config, held), ...notes };
  noteDecision(notes, config, { kind: "continue" });
  noteInvocationEnd(notes, context, config, "completed");
  return beginRound(context, config, notes);
}

/** The child run stands: the call waits for its end. */
function afterStart(call: Call, value: JsonObject): NodeOutcome {
  const notes = openNotes();
  const { childRunId, workflowId } = value as { childRunId: string; workflowId: string };
  notes.events.push({
    type: "node.dispatched",
    payload: { childRunId, childWorkflowId: workflowId },
    ...(call.calledEventId !== undefined && { causedBy: call.calledEventId }),
  });
  return waiting(notes);
}

type CallResult = { outcome: Json } | { error: { code: string; message: string } };

function endOfCall(context: NodeContext, call: Call, result: EffectResult, ended: EndedEffect): CallResult {
  if (ended.kind !== CHILD_ENDED_EFFECT || result.outcome !== "done") return toolEnd(context, call, result);
  const child = result.value as unknown as ChildEnd;
  if (child.status === "completed") {
    return { outcome: { status: "completed", answer: answerOf(child.outputs), runId: child.childRunId } };
  }
  const reason = child.status === "cancelled" ? "It was stopped." : (child.error?.message ?? "It failed.");
  return { error: { code: `child_${child.status}`, message: `The colleague did not finish. ${reason}` } };
}

/** The answer of an agent's run: its `output`. */
export function answerOf(outputs: JsonObject): string {
  const { output } = outputs;
  if (typeof output === "string") return output;
  return JSON.stringify(output ?? outputs);
}

function afterCall(context: NodeContext, config: AgentConfig, turn: Turn, call: Call, end: CallResult): NodeOutcome {
  const notes = openNotes();
  noteReturn(context, config, notes, call, end);
  if ("error" in end && end.error.code === "interrupted") notes.notices.push(end.error.message);
  const others = (turn.rounds.at(-1)?.calls ?? []).filter((other) => other.ordinal !== call.ordinal);
  const underWay = others.filter(({ status }) => status === "planned" || status === "delegated").length;
  return goOn(context, config, notes, { underWay, held: others.filter(({ status }) => status === "held") });
}

/** The card was answered, or ran out of time. */
export function afterApproval(context: NodeContext, config: AgentConfig, answer: JsonObject): NodeOutcome {
  const notes = openNotes();
  const calls = context.node.turn?.rounds.at(-1)?.calls ?? [];
  const held = calls.filter(({ status }) => status === "held");
  for (const { call, refusal } of decideHeld(context, held, answer)) {
    if (refusal) noteRefusal(config, notes, call, refusal);
    else planCall(context, config, notes, call);
  }
  return goOn(context, config, notes, { underWay: 0, held: [] });
}
