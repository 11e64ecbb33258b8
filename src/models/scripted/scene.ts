// What the offline model sees of a conversation, and which rule fits it.

import type { ModelMessage, ModelRequest } from "#ports/model.ts";
import type { Json } from "#protocol/json.ts";
import type { Conditions, Rule, Script } from "./script.ts";
import { type Scope, standsForSomething } from "./templates.ts";

type ToolMessage = Extract<ModelMessage, { role: "tool" }>;

export interface Scene {
  /** The user messages, first to last, trimmed. Empty: nobody said anything yet. */
  said: readonly string[];
  /** The results that just came, of the calls of one answer; empty when the person spoke last. */
  answered: readonly ToolMessage[];
  /** Results since the last user message, by tool. */
  results: ReadonlyMap<string, number>;
  /** Calls in the whole conversation. */
  callsMade: number;
  asked: string | undefined;
  tools: ReadonlySet<string>;
}

export function sceneOf({ messages, tools = [], answerSchema }: ModelRequest): Scene {
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  const lastOther = messages.findLastIndex(({ role }) => role !== "tool");
  const results = new Map<string, number>();
  for (const message of messages.slice(lastUser + 1)) {
    if (message.role === "tool") results.set(message.name, (results.get(message.name) ?? 0) + 1);
  }
  return {
    said: messages.flatMap(({ role, text }) => (role === "user" ? [text.trim()] : [])),
    answered: messages.slice(lastOther + 1).filter((message) => message.role === "tool"),
    results,
    callsMade: messages.reduce(
      (sum, message) => sum + (message.role === "assistant" ? (message.toolCalls?.length ?? 0) : 0),
      0,
    ),
    asked: answerSchema?.name,
    tools: new Set(tools.map(({ name }) => name)),
  };
}

/** Names that every rule can use in its texts, beside the tools and the named groups of its expressions. */
export const SCENE_NAMES = [
  "user",
  "before",
  "task",
  "count",
  "result",
  "after",
  "earlierAfter",
  "resultAfter",
] as const;

/** The rule that fits, with the values for its texts; undefined when none does. */
export function findRule(
  script: Script,
  agent: string | undefined,
  scene: Scene,
): { rule: Rule; scope: Scope } | undefined {
  const own = agent === undefined ? [] : (script.agents.get(agent) ?? []);
  for (const rule of [...own, ...script.everyone]) {
    const scope = fit(rule, scene);
    if (scope) return { rule, scope };
  }
  return undefined;
}

/** The values for the rule's texts when it fits; undefined when it does not. */
function fit({ when, act }: Rule, scene: Scene): Scope | undefined {
  if (when.asked !== scene.asked) return undefined;
  if (act.kind === "call" && !act.calls.every(({ tool }) => scene.tools.has(tool))) return undefined;
  const result =
    when.answered === undefined ? undefined : scene.answered.findLast(({ name }) => name === when.answered);
  if (when.answered === undefined ? scene.answered.length > 0 : !result) return undefined;
  if (when.failed !== undefined && when.failed !== (result?.failed ?? false)) return undefined;
  if (!Object.entries(when.results ?? {}).every(([tool, count]) => (scene.results.get(tool) ?? 0) === count))
    return undefined;
  const last = scene.said.at(-1) ?? "";
  if (when.words && !standsIn(last, when.words)) return undefined;
  const found = matchAll(when, last, scene, result?.text ?? "");
  if (!found) return undefined;
  const scope = scopeOf(scene, result, found);
  return when.has && !standsForSomething(when.has, scope) ? undefined : scope;
}

/** What the expressions found; undefined when one does not match. */
function matchAll(when: Conditions, last: string, scene: Scene, result: string): Found | undefined {
  const found: Found = [];
  if (when.user && !keep(found, "after", search(when.user, last))) return undefined;
  if (when.earlier) {
    const expression = when.earlier;
    const matches = scene.said.slice(0, -1).map((text) => search(expression, text));
    if (
      !keep(
        found,
        "earlierAfter",
        matches.findLast((match) => match !== undefined),
      )
    )
      return undefined;
  }
  return when.result && !keep(found, "resultAfter", search(when.result, result)) ? undefined : found;
}

/** Values for texts, by name. */
type Found = [name: string, value: Json][];

interface Match {
  groups: Found;
  /** What stands behind the match, to the end of the text. */
  after: string;
}

/**
 * The expressions go back and forth in a text, some of them three times over: on a long one that would take for ever,
 * and what they look for stands at its beginning.
 */
const MAX_SEARCHED_CHARACTERS = 1000;

function search(expression: RegExp, text: string): Match | undefined {
  const match = expression.exec(text.slice(0, MAX_SEARCHED_CHARACTERS));
  if (!match) return undefined;
  const groups = Object.entries(match.groups ?? {}).map(([name, value]): [string, Json] => [name, value ?? ""]);
  return { groups, after: text.slice(match.index + match[0].length).trim() };
}

/** Adds a match's values to the others; false when there is none. */
function keep(found: Found, after: string, match: Match | undefined): boolean {
  if (match) found.push(...match.groups, [after, match.after]);
  return match !== undefined;
}

function scopeOf(scene: Scene, result: ToolMessage | undefined, found: Found): Scope {
  return new Map<string, Json>([
    ["user", scene.said.at(-1) ?? ""],
    ["before", scene.said.at(-2) ?? ""],
    ["task", scene.said[0] ?? ""],
    ["count", scene.said.length],
    ["result", result ? parsed(result.text) : null],
    ...scene.answered.map(({ name, text }): [string, Json] => [name, parsed(text)]),
    ...found,
  ]);
}

function standsIn(message: string, words: readonly string[]): boolean {
  const text = ` ${message.toLowerCase().replace(/[^\p{L}\p{N}']+/gu, " ")} `;
  return words.some((word) => text.includes(word.length > 3 ? ` ${word}` : ` ${word} `));
}

/** Results are JSON; a failed call's is plain text. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
