// What a question asks, read from its payload. Pure. Payloads come from workflows and models: nothing is taken for granted.

import { nameOf, toolWords } from "../agents/names.ts";
import { isObject, type Json, type JsonObject, type PendingItem } from "../api/types.ts";

export interface ToolCall {
  callId: string;
  toolName: string;
  arguments: JsonObject;
  /** The item as it came, to be handed back with other arguments. */
  original: JsonObject;
}

export interface ClarificationQuestion {
  id: string;
  question: string;
  /** Fixed answers to choose from. */
  choices: readonly string[] | undefined;
  /** What the answer must be, where it is not text. */
  type: "text" | "number" | "yes-no";
}

export type Question =
  | {
      kind: "approval";
      title: string;
      description: string | undefined;
      actions: readonly string[];
      calls: readonly ToolCall[];
      /** What is to be approved, when it is not tool calls. */
      artifact: Json | undefined;
      needed: number;
      /** It asks whether to stop the run: to accept is to stop. */
      isStop: boolean;
      /** Of a decision that an agent was not sure of: what to answer with, where it is agreed to. */
      decision: Json | undefined;
    }
  | { kind: "clarification"; title: string; questions: readonly ClarificationQuestion[] }
  /** `takesText`: otherwise a turn is JSON. */
  | { kind: "conversation"; title: string; conversationId: string; takesText: boolean }
  | { kind: "waiting"; title: string; description: string };

export function questionOf(item: PendingItem): Question {
  switch (item.kind) {
    case "approval":
      return approvalOf(item.data);
    case "low-confidence":
      return ratificationOf(item.data);
    case "clarification":
      return clarificationOf(item.data);
    case "conversation.exchange":
      return conversationOf(item.data);
    case "external-event":
      return {
        kind: "waiting",
        title: `Waiting for ${text(item.data.eventType) ?? "something outside"}`,
        description: "It goes on by itself when that happens. There is nothing to answer here.",
      };
    default:
      return {
        kind: "waiting",
        title: text(item.data.title) ?? text(item.data.prompt) ?? "Waiting",
        description: "This one is answered by the program that asked it, not here.",
      };
  }
}

function approvalOf(data: JsonObject): Question {
  const calls = data.artifactType === "tool-call" ? callsOf(data.artifactData) : [];
  const actions = Array.isArray(data.actions) ? data.actions.filter((action) => typeof action === "string") : [];
  return {
    kind: "approval",
    title: text(data.title) ?? (calls[0] ? `Use ${toolWords(calls[0].toolName)}?` : "Go on?"),
    description: text(data.description),
    actions: actions.length > 0 ? actions : ["accept", "reject"],
    calls,
    artifact: calls.length > 0 ? undefined : data.artifactData,
    needed: typeof data.requiredApprovals === "number" ? data.requiredApprovals : 1,
    isStop: data.artifactType === "cancellation",
    decision: undefined,
  };
}

/** An agent was not sure of its decision. Agreed to, it goes on as it is; another one comes from a program. */
function ratificationOf({ agentId, observed, threshold, decision }: JsonObject): Question {
  return {
    kind: "approval",
    title: `Go on with what ${nameOf(text(agentId))} decided?`,
    description: `${nameOf(text(agentId))} was not sure enough: ${percent(observed)}, where ${percent(threshold)} is asked for.`,
    actions: decision === undefined ? [] : ["accept"],
    calls: [],
    artifact: decision,
    needed: 1,
    isStop: false,
    decision,
  };
}

function percent(share: Json | undefined): string {
  return typeof share === "number" ? `${Math.round(share * 100)} %` : "?";
}

function conversationOf({ prompt, conversationId, outcomeSchema }: JsonObject): Question {
  const type = isObject(outcomeSchema) ? outcomeSchema.type : undefined;
  return {
    kind: "conversation",
    title: text(prompt) ?? "A conversation",
    conversationId: text(conversationId) ?? "",
    takesText: type === undefined || type === "string",
  };
}

function callsOf(artifact: Json | undefined): ToolCall[] {
  const items = isObject(artifact) && Array.isArray(artifact.items) ? artifact.items.filter(isObject) : [];
  return items.map((original) => ({
    callId: text(original.callId) ?? "",
    toolName: text(original.toolName) ?? "a tool",
    arguments: isObject(original.arguments) ? original.arguments : {},
    original,
  }));
}

function clarificationOf(data: JsonObject): Question {
  const questions = (Array.isArray(data.questions) ? data.questions.filter(isObject) : []).map((asked, index) => {
    const schema = isObject(asked.schema) ? asked.schema : {};
    const choices = Array.isArray(schema.enum) ? schema.enum.filter((choice) => typeof choice === "string") : undefined;
    const type = schema.type === "boolean" ? "yes-no" : isNumeric(schema.type) ? "number" : "text";
    return { id: text(asked.id) ?? String(index), question: text(asked.question) ?? "?", choices, type } as const;
  });
  const title = questions.length === 1 ? (questions[0]?.question ?? "A question") : `${questions.length} questions`;
  return { kind: "clarification", title, questions };
}

function isNumeric(type: Json | undefined): boolean {
  return type === "number" || type === "integer";
}

/** What the daemon takes as the answer to one question; undefined when it is not one yet. */
export function answerValue({ type }: ClarificationQuestion, written: string): Json | undefined {
  const trimmed = written.trim();
  if (trimmed === "") return undefined;
  if (type === "text") return written.trim();
  if (type === "yes-no") return trimmed === "yes" ? true : trimmed === "no" ? false : undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : undefined;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Earliest deadline first; those without one last, in the order in which they were asked. */
export function byDeadline(items: readonly PendingItem[]): PendingItem[] {
  const due = (item: PendingItem) =>
    item.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(item.expiresAt);
  return [...items].sort((a, b) => {
    const [one, other] = [due(a), due(b)];
    return one === other ? Date.parse(a.requestedAt) - Date.parse(b.requestedAt) : one < other ? -1 : 1;
  });
}
