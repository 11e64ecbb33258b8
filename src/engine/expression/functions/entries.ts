// Objects as lists of {key, value}.

import type { Json, JsonObject } from "#protocol/json.ts";
import type { Machine, Scope } from "../program/machine.ts";
import type { Node } from "../program/nodes.ts";
import { has, index, items, keysOf } from "../values/access.ts";
import { toText } from "../values/json-text.ts";
import { isTruthy, setMember } from "../values/kinds.ts";
import type { Meter } from "../values/meter.ts";
import { Stop } from "../values/stop.ts";
import { type BuiltIns, single, value } from "./built-in.ts";

export const entries: BuiltIns = {
  "to_entries/0": value((input, _, meter) => toEntries(input, meter)),
  "from_entries/0": value((input, _, meter) => fromEntries(input, meter)),
  "with_entries/1": single((machine, [change], input, scope, emit) => {
    const changed = withEntries(machine, change as Node, input, scope);
    return changed instanceof Stop ? changed : emit(changed);
  }),
};

function withEntries(machine: Machine, change: Node, input: Json, scope: Scope): Json | Stop {
  const list = toEntries(input, machine.meter);
  if (list instanceof Stop) return list;
  const changed: Json[] = [];
  for (const entry of list) {
    const stop = machine.run(change, entry, scope, (output) => {
      changed.push(output);
      return undefined;
    });
    if (stop) return stop;
  }
  return fromEntries(changed, machine.meter);
}

function toEntries(input: Json, meter: Meter): Json[] | Stop {
  const keys = keysOf(input, meter);
  if (keys instanceof Stop) return keys;
  meter.step(keys.length);
  return keys.map((key) => ({ key, value: (input as JsonObject)[key] as Json }));
}

function fromEntries(input: Json, meter: Meter): Json | Stop {
  const list = items(input, meter);
  if (list instanceof Stop) return list;
  const built: JsonObject = {};
  for (const entry of list) {
    meter.step();
    const key = keyOf(entry, meter);
    if (key instanceof Stop) return key;
    const member = memberOf(entry);
    if (member instanceof Stop) return member;
    setMember(built, key, member);
  }
  return built;
}

/** `key` unless it is null, else the first of its other spellings that is truthy; no text: its JSON. */
function keyOf(entry: Json, meter: Meter): string | Stop {
  let found = index(entry, "key");
  for (const spelling of ["k", "name", "Name", "K", "Key"]) {
    if (found !== null) break;
    const other = index(entry, spelling);
    if (other instanceof Stop) return other;
    if (isTruthy(other)) found = other;
  }
  return found instanceof Stop ? found : toText(found, meter);
}

function memberOf(entry: Json): Json | Stop {
  for (const spelling of ["value", "v"]) {
    const present = has(entry, spelling);
    if (present instanceof Stop) return present;
    if (present) return index(entry, spelling);
  }
  return index(entry, "Value");
}
