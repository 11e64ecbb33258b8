// Notes: what a step of a turn has to say so far. Filled while the step is decided, then handed over with its outcome.

import type { ToolCall } from "#ports/model.ts";
import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { EffectRequest, NodeContent, NodeContext, NodeEvent } from "../node-type.ts";
import type { AgentConfig } from "./config.ts";

/** Longer texts stand beside the log, not in it. */
const MAX_INLINE_LENGTH = 4_096;
/** What an event shows of a longer outcome. */
const MAX_SHOWN_LENGTH = 1_024;
/** A reasoning trace in events: 512 tokens at the usual four characters each (agents.md §3.2). */
const MAX_REASONING_LENGTH = 2_048;

export interface Notes {
  events: NodeEvent[];
  contents: NodeContent[];
  notices: string[];
  effects: EffectRequest[];
}

export function openNotes(): Notes {
  return { events: [], contents: [], notices: [], effects: [] };
}

/** Members of a payload that carry a text: the text itself, or where it is kept. */
export function keep(notes: Notes, contentId: string, text: string): JsonObject {
  if (text.length <= MAX_INLINE_LENGTH) return { text };
  notes.contents.push({ contentId, body: text });
  return { contentId, sha256: sha256Hex(text), length: text.length };
}

/** The outcome of a tool as `agent.toolReturned` carries it: whole, or how it begins and where the whole is kept. */
export function keepOutcome(notes: Notes, contentId: string, outcome: Json): JsonObject {
  const text = typeof outcome === "string" ? outcome : JSON.stringify(outcome);
  if (text.length <= MAX_INLINE_LENGTH) return { outcome };
  return { outcome: beginning(text, MAX_SHOWN_LENGTH), ...keep(notes, contentId, text) };
}

/** The first characters of a text; one that takes two units is never cut in half. */
function beginning(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** The trace of one reasoning block, as the run wants it: bounded, whole, or only that there was one. */
export function noteReasoning(notes: Notes, context: NodeContext, config: AgentConfig, reasoning: string): void {
  const verbosity = verbosityOf(context);
  notes.events.push({
    type: "agent.reasoned",
    payload: { agentId: config.agentId, reasoning: shortened(reasoning, verbosity), verbosity },
  });
}

type Verbosity = "summary" | "full" | "off";

/** How much the run wants to hear of its agents' reasoning. */
export function verbosityOf({ configurable }: Pick<NodeContext, "configurable">): Verbosity {
  const wanted = configurable.reasoningVerbosity;
  return wanted === "full" || wanted === "off" ? wanted : "summary";
}

function shortened(reasoning: string, verbosity: Verbosity): string {
  if (verbosity === "off") return "";
  return verbosity === "full" ? reasoning : beginning(reasoning, MAX_REASONING_LENGTH);
}

export function noteDecision(notes: Notes, config: AgentConfig, decision: JsonObject, confidence?: number): void {
  const payload = { agentId: config.agentId, decision, ...(confidence !== undefined && { confidence }) };
  notes.events.push({ type: "agent.decided", payload });
}

export type InvocationEnd = "completed" | "handed-off" | "escalated" | "refused" | "failed";

/** Closes the bracket of the round that is open. */
export function noteInvocationEnd(
  notes: Notes,
  context: NodeContext,
  config: AgentConfig,
  outcome: InvocationEnd,
): void {
  const invocationId = invocationIdOf(context, (context.node.turn?.begun ?? 1) - 1);
  notes.events.push({
    type: "agent.invocation.completed",
    payload: { invocationId, agentId: config.agentId, outcome },
  });
}

export function invocationIdOf(context: NodeContext, round: number): string {
  return `${context.runId}:${context.nodeId}:${round}`;
}

/** Identity of arguments: what an approval is bound to. */
export function hashArguments(args: JsonObject): string {
  return sha256Hex(canonicalJson(args));
}

/** What was asked of tools, in words, where the model gave no account of itself. */
export function summaryOf(calls: readonly ToolCall[]): string {
  return calls.length === 0 ? "Answers." : `Calls ${calls.map((call) => call.name).join(", ")}.`;
}
