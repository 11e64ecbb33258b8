// The card of an open question: what it is about, each tool call with its exact arguments, until when, how to answer.
//
//   K1. What somebody agrees to is shown whole and as it is: nothing is shortened, and no character hides or reorders
//       others.

import type { PendingInterrupt } from "#protocol/interrupts.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { shortTime } from "./pages.ts";
import { oneLine, printable } from "./terminal.ts";

export interface Question {
  id: string;
  question: string;
  schema?: { type?: string; enum?: Json[] };
}

/** The questions of a clarification; none for other kinds. */
export function questionsOf({ kind, data }: PendingInterrupt): readonly Question[] {
  return kind === "clarification" && Array.isArray(data.questions) ? (data.questions as Question[]) : [];
}

/** The actions that an approval offers. */
export function actionsOf({ data }: PendingInterrupt): readonly string[] {
  return Array.isArray(data.actions) ? (data.actions as string[]) : ["accept", "reject"];
}

/** The lines of a card. `nowMs` is the time on the wall. */
export function cardLines(item: PendingInterrupt, nowMs: number): string[] {
  return [...subjectLines(item), ...deadlineLine(item, nowMs)];
}

function subjectLines(item: PendingInterrupt): string[] {
  const data = item.data as JsonObject;
  const questions = questionsOf(item);
  if (questions.length > 0) return questions.map(questionLine);
  const title = typeof data.title === "string" ? data.title : (data.prompt ?? data.customKind ?? item.kind);
  const lines = [visible(oneLine(String(title)))];
  if (typeof data.description === "string") lines.push(...visible(printable(data.description)).split("\n"));
  return [...lines, ...artifactLines(data)];
}

function questionLine({ question, schema }: Question, index: number, all: readonly Question[]): string {
  const number = all.length > 1 ? `${index + 1}. ` : "";
  const choices = schema?.enum ? ` (${schema.enum.map(String).join(", ")})` : "";
  return number + visible(oneLine(question + choices));
}

function artifactLines({ artifactType, artifactData, payload, decision }: JsonObject): string[] {
  const items = isJsonObject(artifactData) ? artifactData.items : undefined;
  if (artifactType === "tool-call" && Array.isArray(items)) return items.flatMap(callLines);
  const subject = artifactData ?? payload ?? decision;
  // A gate that gets no input hands on an empty object: there is nothing to look at.
  if (subject === undefined || (isJsonObject(subject) && Object.keys(subject).length === 0)) return [];
  return exactJson(subject).split("\n");
}

function callLines(item: Json): string[] {
  if (!isJsonObject(item)) return exactJson(item).split("\n");
  const { toolName, arguments: given = {} } = item;
  const name = visible(oneLine(String(toolName)));
  if (!isJsonObject(given) || Object.keys(given).length === 0) return indented(name, ...exactJson(given).split("\n"));
  return indented(name, ...indented(...Object.entries(given).flatMap(argumentLines)));
}

/** `name: "picnic"`. A text of several lines stands below its name, each line further in than any name (K1). */
function argumentLines([name, value]: [string, Json]): string[] {
  const label = `${visible(oneLine(name))}:`;
  if (typeof value === "string" && value.includes("\n")) {
    return [label, ...indented(...value.split("\n").map((line) => visible(withoutControls(line))))];
  }
  const [first = "", ...rest] = exactJson(value).split("\n");
  return [`${label} ${first}`, ...rest];
}

function indented(...lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? line : `  ${line}`));
}

/** Control characters as JSON writes them. */
function withoutControls(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be seen
  return line.replace(/[\u0000-\u001f]/g, (character) => JSON.stringify(character).slice(1, -1));
}

function deadlineLine({ expiresAt }: PendingInterrupt, nowMs: number): string[] {
  if (expiresAt === undefined) return [];
  return [`Open until ${shortTime(expiresAt)} (${timeLeft(Date.parse(expiresAt) - nowMs)}).`];
}

function timeLeft(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds <= 0) return "over";
  if (seconds < 120) return `${seconds} s left`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h left`;
}

/** JSON in which every character can be seen (K1). */
export function exactJson(value: Json): string {
  return visible(JSON.stringify(value, undefined, 2));
}

/** Characters that show nothing or change the direction of others, written as `\u202e`. */
function visible(text: string): string {
  return text.replace(
    /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Command lines that answer the question, for somebody who is not in the chat. */
export function answerCommands(item: PendingInterrupt): string[] {
  const answer = `parley interrupts answer ${item.runId} ${item.nodeId}`;
  const questions = questionsOf(item);
  if (questions.length > 0) return [`${answer} ${questions.map(({ id }) => `--answer ${oneLine(id)}=…`).join(" ")}`];
  if (item.kind === "approval") return [`${answer} --accept`, `${answer} --reject --feedback "why not"`];
  return [`${answer} --value JSON`];
}
