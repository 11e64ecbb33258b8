// What a built-in function is.

import type { Json } from "#protocol/json.ts";
import type { Emit, Machine, Scope } from "../program/machine.ts";
import type { Node } from "../program/nodes.ts";
import type { Meter } from "../values/meter.ts";
import type { Stop } from "../values/stop.ts";

/** One output from the input and at most one argument (null when there is none). Changes neither. */
export type ValueFunction = (input: Json, argument: Json, meter: Meter) => Json | Stop;

/** A function that runs its arguments as programs, or that yields none or many outputs. */
export type FilterFunction = (
  machine: Machine,
  args: readonly Node[],
  input: Json,
  scope: Scope,
  emit: Emit,
) => Stop | undefined;

export type BuiltIn =
  | { kind: "value"; apply: ValueFunction }
  | { kind: "filter"; run: FilterFunction; single: boolean };

/** Built-ins by `name/arity`. */
export type BuiltIns = Readonly<Record<string, BuiltIn>>;

export function value(apply: ValueFunction): BuiltIn {
  return { kind: "value", apply };
}

/** A filter that yields exactly one output, or stops. */
export function single(run: FilterFunction): BuiltIn {
  return { kind: "filter", run, single: true };
}

/** A filter that may yield none or several outputs. */
export function several(run: FilterFunction): BuiltIn {
  return { kind: "filter", run, single: false };
}
