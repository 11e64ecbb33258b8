// Sorting and what rests on it.

import type { Json } from "#protocol/json.ts";
import type { Machine, Scope } from "../program/machine.ts";
import type { Node } from "../program/nodes.ts";
import { items } from "../values/access.ts";
import { describe } from "../values/json-text.ts";
import type { Meter } from "../values/meter.ts";
import { compare, sortedPlaces } from "../values/order.ts";
import { Stop, typeError } from "../values/stop.ts";
import { type BuiltIn, type BuiltIns, single, value } from "./built-in.ts";

/** What is made of a list and the sort keys of its items; both have the same length. */
type Arrangement = (list: readonly Json[], keys: readonly Json[], meter: Meter) => Json;

export const ordering: BuiltIns = {
  "sort/0": byItself(sorted, notSortable),
  "sort_by/1": byProgram(sorted),
  "group_by/1": byProgram(groups),
  "unique/0": byItself(firstOfEach, notMapped),
  "unique_by/1": byProgram(firstOfEach),
  "min/0": byItself(least, notCompared),
  "min_by/1": byProgram(least),
  "max/0": byItself(greatest, notCompared),
  "max_by/1": byProgram(greatest),
};

function byItself(arrange: Arrangement, refuse: (input: Json, meter: Meter) => Stop): BuiltIn {
  return value((input, _, meter) => (Array.isArray(input) ? arrange(input, input, meter) : refuse(input, meter)));
}

function byProgram(arrange: Arrangement): BuiltIn {
  return single((machine, [program], input, scope, emit) => {
    if (!Array.isArray(input)) return notMapped(input, machine.meter);
    const keys = keysOf(machine, program as Node, input, scope);
    return keys instanceof Stop ? keys : emit(arrange(input, keys, machine.meter));
  });
}

function notSortable(input: Json, meter: Meter): Stop {
  return typeError(`${describe(input, meter)} cannot be sorted, as it is not an array`);
}

function notCompared(input: Json, meter: Meter): Stop {
  const shown = describe(input, meter);
  return typeError(`${shown} and ${shown} cannot be iterated over`);
}

/** jq runs the program over all items before it asks whether the input is a list. */
function notMapped(input: Json, meter: Meter): Stop {
  const list = items(input, meter);
  return list instanceof Stop ? list : notSortable(input, meter);
}

/** All outputs of the program for an item, as one key. */
function keysOf(machine: Machine, program: Node, list: readonly Json[], scope: Scope): Json[][] | Stop {
  const keys: Json[][] = [];
  for (const item of list) {
    const outputs = machine.collect(program, item, scope);
    if (outputs instanceof Stop) return outputs;
    keys.push(outputs);
  }
  return keys;
}

function sorted(list: readonly Json[], keys: readonly Json[], meter: Meter): Json[] {
  return sortedPlaces(keys, meter).map((place) => list[place] as Json);
}

function groups(list: readonly Json[], keys: readonly Json[], meter: Meter): Json[][] {
  const found: Json[][] = [];
  let last: Json | undefined;
  for (const place of sortedPlaces(keys, meter)) {
    const key = keys[place] as Json;
    if (last !== undefined && compare(last, key, meter) === 0) found.at(-1)?.push(list[place] as Json);
    else found.push([list[place] as Json]);
    last = key;
  }
  return found;
}

function firstOfEach(list: readonly Json[], keys: readonly Json[], meter: Meter): Json[] {
  return groups(list, keys, meter).map((group) => group[0] as Json);
}

/** The first of the least. */
function least(list: readonly Json[], keys: readonly Json[], meter: Meter): Json {
  return pick(list, keys, meter, (order) => order < 0);
}

/** The last of the greatest, as in jq. */
function greatest(list: readonly Json[], keys: readonly Json[], meter: Meter): Json {
  return pick(list, keys, meter, (order) => order >= 0);
}

function pick(list: readonly Json[], keys: readonly Json[], meter: Meter, isBetter: (order: number) => boolean): Json {
  let best = 0;
  for (let at = 1; at < list.length; at += 1) {
    meter.step();
    if (isBetter(compare(keys[at] as Json, keys[best] as Json, meter))) best = at;
  }
  return list[best] ?? null;
}
