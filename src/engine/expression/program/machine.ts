// What the parts of the evaluator know of each other.
//
// A node hands each of its outputs to `emit` while it is still running. What `emit` returns decides: nothing = go on;
// a stop = end at once and return that stop. So `first(range(10; 1000000))` costs one step of the range, and an error
// behind a `try` is told from one inside it by who returned it.

import type { Json } from "#protocol/json.ts";
import type { Meter } from "../values/meter.ts";
import type { Stop } from "../values/stop.ts";
import type { Node } from "./nodes.ts";

export type Emit = (value: Json) => Stop | undefined;

/** The variables in sight, the innermost first. */
export type Scope = { readonly name: string; readonly value: Json; readonly outer: Scope } | undefined;

export interface Machine {
  readonly meter: Meter;
  /** Runs a node; returns why it ended early, if it did. */
  run(node: Node, input: Json, scope: Scope, emit: Emit): Stop | undefined;
  /** Like `run`, but a node that is single has ended when its value is handed on: the stack stays flat. */
  each(node: Node, input: Json, scope: Scope, use: Emit): Stop | undefined;
  /** The one output of a node that is single. */
  only(node: Node, input: Json, scope: Scope): Json | Stop;
  /** All outputs of a node. */
  collect(node: Node, input: Json, scope: Scope): Json[] | Stop;
}
