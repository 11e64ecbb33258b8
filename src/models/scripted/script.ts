// The script of the offline model: what it says when. Written in YAML (offline.yaml is the one that parley ships).
//
// An agent's own rules are tried first, in order, then those for everyone. The first rule whose conditions all hold
// acts. A condition that is left out is no condition, with two exceptions that keep rules short:
//
//   R1. A rule without `answered` is about what the person just said: it never acts right after a tool.
//   R2. A rule without `asked` talks: it never acts when an answer of a given shape is wanted.
//
// A rule that calls a tool is passed over while the agent does not have that tool.

import type { TemplateTree } from "./template-tree.ts";
import type { Template } from "./templates.ts";

export interface Script {
  everyone: readonly Rule[];
  /** By roster id. */
  agents: ReadonlyMap<string, readonly Rule[]>;
}

export interface Rule {
  when: Conditions;
  act: Action;
}

/**
 * Expressions ignore case, and `.` matches a line break. They look at the first 1 000 characters. Their named groups can
 * be used in the rule's texts, and so can `after`, `earlierAfter` and `resultAfter`: all that follows the match of
 * `user`, `earlier` and `result`.
 */
export interface Conditions {
  /** One of these stands in the last user message. Up to three letters stand alone; longer ones may go on: thank(s). */
  words?: readonly string[];
  /** The last user message. */
  user?: RegExp;
  /** Some user message before the last one; of several the latest counts. */
  earlier?: RegExp;
  /** The tool whose result just came. */
  answered?: string;
  /** Whether that call failed. */
  failed?: boolean;
  /** The text of that result. */
  result?: RegExp;
  /** A placeholder that stands for something, and not for nothing or an empty list. */
  has?: Template;
  /** How many results of these tools there are since the last user message. */
  results?: Readonly<Record<string, number>>;
  /** Name of the wanted shape. */
  asked?: string;
}

export type Action =
  | { kind: "say"; text: Template }
  /** Several calls go out together. `text` is said before. */
  | { kind: "call"; text?: Template; calls: readonly ScriptedCall[] }
  /** One JSON document, for a wanted shape. Texts in it are templates. */
  | { kind: "answer"; document: TemplateTree };

export interface ScriptedCall {
  tool: string;
  arguments: TemplateTree;
}
