// Reading along a path: `.a.b`, `.[key]`, `.[from:to]`, `.[]` and `..`.

import type { Json } from "#protocol/json.ts";
import type { Emit, Machine, Scope } from "../program/machine.ts";
import type { Node } from "../program/nodes.ts";
import { index, items, slice } from "../values/access.ts";
import { Stop } from "../values/stop.ts";

type PathNode = Extract<Node, { kind: "fields" | "index" | "slice" | "iterate" }>;

/** Keys and bounds are programs over the input of the whole path, not over the target. */
export function runPath(machine: Machine, node: PathNode, input: Json, scope: Scope, emit: Emit): Stop | undefined {
  const give = (result: Json | Stop) => {
    if (!(result instanceof Stop)) return emit(result);
    return node.optional ? undefined : result;
  };
  switch (node.kind) {
    case "fields":
      return machine.each(node.target, input, scope, (target) => give(fields(machine, target, node.names)));
    case "index":
      return machine.each(node.key, input, scope, (key) =>
        machine.each(node.target, input, scope, (target) => give(index(target, key))),
      );
    case "slice":
      return machine.each(node.from, input, scope, (from) =>
        machine.each(node.to, input, scope, (to) =>
          machine.each(node.target, input, scope, (target) => give(slice(target, from, to, machine.meter))),
        ),
      );
    case "iterate":
      return machine.each(node.target, input, scope, (target) => {
        const list = items(target, machine.meter);
        if (list instanceof Stop) return node.optional ? undefined : list;
        return emitAll(machine, list, emit);
      });
  }
}

/** `..`: the value itself, then everything in it, outer before inner. */
export function descend(machine: Machine, value: Json, emit: Emit, depth = 0): Stop | undefined {
  machine.meter.depth(depth);
  machine.meter.step();
  const stop = emit(value);
  if (stop || typeof value !== "object" || value === null) return stop;
  const list = items(value, machine.meter);
  if (list instanceof Stop) return list;
  for (const item of list) {
    const inner = descend(machine, item, emit, depth + 1);
    if (inner) return inner;
  }
  return undefined;
}

function fields(machine: Machine, target: Json, names: readonly string[]): Json | Stop {
  let value = target;
  machine.meter.step(names.length - 1);
  for (const name of names) {
    const found = index(value, name);
    if (found instanceof Stop) return found;
    value = found;
  }
  return value;
}

function emitAll(machine: Machine, list: readonly Json[], emit: Emit): Stop | undefined {
  for (const item of list) {
    machine.meter.step();
    const stop = emit(item);
    if (stop) return stop;
  }
  return undefined;
}
