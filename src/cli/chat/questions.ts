// The open questions of a thread, and what a typed line says to them.
//
//   Q1. A question keeps its number for as long as the conversation lasts; the prompt asks the oldest that was not put
//       off.
//   Q2. A bare word decides only on the question that the prompt asks. When that question gives way to another while
//       somebody types, the line decides nothing.

import type { PendingInterrupt } from "#protocol/interrupts.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { readAnswer, readDecision } from "../ask.ts";
import { actionsOf, type Question, questionsOf } from "../card.ts";
import { guessValue } from "../values.ts";

export interface OpenQuestion {
  number: number;
  item: PendingInterrupt;
  /** Answers so far, of a clarification that asks several things. */
  answers: Map<string, Json>;
  /** Somebody said `later`: it stays open, and the prompt goes on to other things. */
  later: boolean;
}

/** What a line says to a question. */
export type Reply =
  | { kind: "answer"; resumeValue: Json }
  /** The clarification asks more. */
  | { kind: "next"; question: Question }
  | { kind: "later" }
  /** The line means to decide and cannot: what is wrong with it. */
  | { kind: "wrong"; problem: string }
  /** The line is no answer: it is something to say. */
  | { kind: "none" };

export class Questions {
  readonly #open: OpenQuestion[] = [];
  #count = 0;

  /** Undefined when it is open already. */
  add(item: PendingInterrupt): OpenQuestion | undefined {
    if (this.#open.some((open) => open.item.interruptId === item.interruptId)) return undefined;
    this.#count += 1;
    const opened = { number: this.#count, item, answers: new Map<string, Json>(), later: false };
    this.#open.push(opened);
    return opened;
  }

  /** It is over; undefined when it was not open here. */
  settle(interruptId: string): OpenQuestion | undefined {
    const at = this.#open.findIndex(({ item }) => item.interruptId === interruptId);
    return at < 0 ? undefined : this.#open.splice(at, 1)[0];
  }

  /** The one that the prompt asks. */
  get current(): OpenQuestion | undefined {
    return this.#open.find(({ later, item }) => !later && isAskedHere(item));
  }

  get all(): readonly OpenQuestion[] {
    return this.#open;
  }

  /** By its number; without one the current question, or the only one there is. */
  find(number: number | undefined): OpenQuestion | undefined {
    if (number !== undefined) return this.#open.find((open) => open.number === number);
    return this.current ?? (this.#open.length === 1 ? this.#open[0] : undefined);
  }
}

/** Kinds that a line can answer; the rest is answered by `parley interrupts answer`. */
export function isAskedHere(item: PendingInterrupt): boolean {
  return item.kind === "approval" || questionsOf(item).length > 0;
}

/** Whether the daemon takes the next message of the thread for the answer. */
export function isAnsweredByTalk(item: PendingInterrupt): boolean {
  return questionsOf(item).length === 1;
}

/** What the prompt says while the question is asked. */
export function promptFor(question: OpenQuestion | undefined): string {
  if (!question) return "you";
  const { number, item, answers } = question;
  if (item.kind === "approval") return `approve / reject / ${callOf(item) ? "edit / " : ""}later [${number}]`;
  const asked = questionsOf(item).length;
  return asked > 1 ? `answer ${answers.size + 1} of ${asked} [${number}]` : `answer [${number}]`;
}

/** Reads a line as a reply to the question that the prompt asks. Notes the answers of a clarification on the way. */
export function readReply(line: string, question: OpenQuestion): Reply {
  const text = line.trim();
  if (/^(l|later)$/i.test(text)) return { kind: "later" };
  return question.item.kind === "approval" ? readApproval(text, question.item) : readClarification(text, question);
}

function readApproval(text: string, item: PendingInterrupt): Reply {
  if (/^(a|approve|accept)$/i.test(text)) return { kind: "answer", resumeValue: { action: "accept" } };
  const [, , reason] = /^(r|reject)(?:\s+(.+))?$/is.exec(text) ?? [];
  if (/^(r|reject)(\s|$)/i.test(text)) return { kind: "answer", resumeValue: rejection(reason) };
  const [, , change] = /^(e|edit)(?:\s+(\S*[={].*))?$/is.exec(text) ?? [];
  if (change !== undefined || /^(e|edit)$/i.test(text)) return readEdit(change, item);
  const [word = ""] = text.split(/\s/, 1);
  // Longer actions only by their whole name, so that a sentence is not taken for one.
  if (!["refine", "edit-accept"].includes(word) || !actionsOf(item).includes(word)) return { kind: "none" };
  const decision = readDecision(text, actionsOf(item));
  return decision.ok ? { kind: "answer", resumeValue: decision.value } : { kind: "wrong", problem: decision.problem };
}

/** `name=lunch`, or several arguments as JSON, put in the place of what the tool call had. */
export function readEdit(change: string | undefined, item: PendingInterrupt): Reply {
  const call = callOf(item);
  if (!call) return { kind: "wrong", problem: "This cannot be changed: approve or reject it." };
  const given = change === undefined ? undefined : readChange(change, call.arguments);
  const names = Object.keys(call.arguments);
  if (!given || !Object.keys(given).every((name) => names.includes(name))) {
    const example = names[0] ?? "name";
    const problem = `Nothing was decided. Say what to change: edit ${example}=…, or several: edit {"${example}": …}. There are: ${names.join(", ")}.`;
    return { kind: "wrong", problem };
  }
  const items = [{ callId: call.callId, arguments: { ...call.arguments, ...given } }];
  return { kind: "answer", resumeValue: { action: "edit-accept", editedArtifactData: { items } } };
}

function readChange(change: string, present: JsonObject): JsonObject | undefined {
  if (change.startsWith("{")) {
    const value = guessValue(change);
    return isJsonObject(value) ? value : undefined;
  }
  const [, name = "", text = ""] = /^([^=\s]+)=(.*)$/s.exec(change) ?? [];
  return { [name]: typeof present[name] === "string" ? text : guessValue(text) };
}

/** The tool call that an approval is about, when it is one and may be changed. */
function callOf(item: PendingInterrupt): { callId: string; arguments: JsonObject } | undefined {
  const { artifactType, artifactData } = item.data as JsonObject;
  const items = isJsonObject(artifactData) ? artifactData.items : undefined;
  if (artifactType !== "tool-call" || !Array.isArray(items) || items.length !== 1) return undefined;
  const [call] = items;
  if (!actionsOf(item).includes("edit-accept") || !isJsonObject(call) || typeof call.callId !== "string")
    return undefined;
  return { callId: call.callId, arguments: isJsonObject(call.arguments) ? call.arguments : {} };
}

export function approval(note: string | undefined): JsonObject {
  return { action: "accept", ...(note && { feedback: note }) };
}

export function rejection(reason: string | undefined): JsonObject {
  return { action: "reject", ...(reason && { feedback: reason }) };
}

/** The next open point of a clarification gets this text as its answer. */
export function readClarification(text: string, question: OpenQuestion): Reply {
  const asked = questionsOf(question.item);
  const next = asked.find(({ id }) => !question.answers.has(id));
  if (next) question.answers.set(next.id, readAnswer(text, next.schema?.type));
  const after = asked.find(({ id }) => !question.answers.has(id));
  if (after) return { kind: "next", question: after };
  return { kind: "answer", resumeValue: { answers: Object.fromEntries(question.answers) } };
}
