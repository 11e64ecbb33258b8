// Functions that run programs or yield none or many outputs.

import type { Json } from "#protocol/json.ts";
import type { Emit, Machine, Scope } from "../program/machine.ts";
import type { Node } from "../program/nodes.ts";
import { items } from "../values/access.ts";
import { isTruthy } from "../values/kinds.ts";
import { Stop, typeError } from "../values/stop.ts";
import { Sum } from "../values/sum.ts";
import { type BuiltIns, type FilterFunction, several, single, value } from "./built-in.ts";

export const generators: BuiltIns = {
  "empty/0": several(() => undefined),
  "error/0": value((input) => new Stop("user_error", input)),
  "error/1": value((_, message) => new Stop("user_error", message)),
  "values/0": several((_, __, input, ___, emit) => (input === null ? undefined : emit(input))),
  "select/1": several((machine, [test], input, scope, emit) =>
    machine.each(test as Node, input, scope, (verdict) => (isTruthy(verdict) ? emit(input) : undefined)),
  ),
  "map/1": single(map),
  "add/1": single((machine, [program], input, scope, emit) => {
    const total = new Sum(machine.meter);
    return machine.run(program as Node, input, scope, (output) => total.add(output)) ?? emit(total.total);
  }),
  "first/1": several(first),
  "last/1": several(last),
  "any/1": single((machine, [test], input, scope, emit) => overItems(machine, test as Node, input, scope, true, emit)),
  "all/1": single((machine, [test], input, scope, emit) => overItems(machine, test as Node, input, scope, false, emit)),
  "any/2": single((machine, args, input, scope, emit) => overOutputs(machine, args, input, scope, true, emit)),
  "all/2": single((machine, args, input, scope, emit) => overOutputs(machine, args, input, scope, false, emit)),
  "range/1": several((machine, [upto], input, scope, emit) =>
    machine.each(upto as Node, input, scope, (end) => count(machine, 0, end, emit)),
  ),
  "range/2": several((machine, [from, upto], input, scope, emit) =>
    machine.each(from as Node, input, scope, (start) =>
      machine.each(upto as Node, input, scope, (end) => count(machine, start, end, emit)),
    ),
  ),
};

function map(...[machine, [program], input, scope, emit]: Parameters<FilterFunction>): Stop | undefined {
  const list = items(input, machine.meter);
  if (list instanceof Stop) return list;
  const mapped: Json[] = [];
  const keep: Emit = (output) => {
    mapped.push(output);
    return undefined;
  };
  for (const item of list) {
    const stop = machine.run(program as Node, item, scope, keep);
    if (stop) return stop;
  }
  return emit(mapped);
}

function first(...[machine, [program], input, scope, emit]: Parameters<FilterFunction>): Stop | undefined {
  let found: Json | undefined;
  const cut = new Stop("cut", null);
  const stop = machine.run(program as Node, input, scope, (output) => {
    found = output;
    return cut;
  });
  return stop === cut ? emit(found as Json) : stop;
}

function last(...[machine, [program], input, scope, emit]: Parameters<FilterFunction>): Stop | undefined {
  let found: Json | undefined;
  const stop = machine.run(program as Node, input, scope, (output) => {
    found = output;
    return undefined;
  });
  if (stop || found === undefined) return stop;
  return emit(found);
}

/** `any` (wanted: true) and `all` (wanted: false) end at the first verdict that settles them. */
function quantifier(wanted: boolean, emit: Emit) {
  const cut = new Stop("cut", null);
  const judge: Emit = (verdict) => (isTruthy(verdict) === wanted ? cut : undefined);
  const conclude = (stop: Stop | undefined) => {
    if (stop === cut) return emit(wanted);
    return stop ?? emit(!wanted);
  };
  return { judge, conclude };
}

function overItems(
  machine: Machine,
  test: Node,
  input: Json,
  scope: Scope,
  wanted: boolean,
  emit: Emit,
): Stop | undefined {
  const list = items(input, machine.meter);
  if (list instanceof Stop) return list;
  const { judge, conclude } = quantifier(wanted, emit);
  for (const item of list) {
    const stop = machine.run(test, item, scope, judge);
    if (stop) return conclude(stop);
  }
  return conclude(undefined);
}

function overOutputs(
  machine: Machine,
  [source, test]: readonly Node[],
  input: Json,
  scope: Scope,
  wanted: boolean,
  emit: Emit,
): Stop | undefined {
  const { judge, conclude } = quantifier(wanted, emit);
  return conclude(
    machine.each(source as Node, input, scope, (output) => machine.run(test as Node, output, scope, judge)),
  );
}

function count(machine: Machine, from: Json, upto: Json, emit: Emit): Stop | undefined {
  if (typeof from !== "number" || typeof upto !== "number") return typeError("Range bounds must be numeric");
  for (let number = from; number < upto; number += 1) {
    machine.meter.step();
    const stop = emit(number);
    if (stop) return stop;
  }
  return undefined;
}
