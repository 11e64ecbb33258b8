// Building texts and objects from parts that may have several outputs each: every combination is built.

import type { Json, JsonObject } from "#protocol/json.ts";
import type { Emit, Machine, Scope } from "../program/machine.ts";
import type { Member, Node } from "../program/nodes.ts";
import { describe, toJsonText, toText } from "../values/json-text.ts";
import { setMember } from "../values/kinds.ts";
import { Stop, typeError } from "../values/stop.ts";

type TextNode = Extract<Node, { kind: "text" }>;
type ObjectNode = Extract<Node, { kind: "object" }>;

export function constructText(
  machine: Machine,
  node: TextNode,
  input: Json,
  scope: Scope,
  emit: Emit,
): Stop | undefined {
  const write = node.format === "json" ? toJsonText : toText;
  /** Prepends the parts before `end`: the last interpolation is the outer loop. */
  const prepend = (end: number, behind: string): Stop | undefined => {
    let text = behind;
    for (let at = end - 1; at >= 0; at -= 1) {
      const part = node.parts[at] as string | Node;
      if (typeof part !== "string" && !part.single) {
        return machine.run(part, input, scope, (value) =>
          prepend(at, joined(machine, write(value, machine.meter), text)),
        );
      }
      const value = typeof part === "string" ? part : machine.only(part, input, scope);
      if (value instanceof Stop) return value;
      text = joined(machine, typeof part === "string" ? part : write(value, machine.meter), text);
    }
    return emit(text);
  };
  return prepend(node.parts.length, "");
}

function joined(machine: Machine, front: string, behind: string): string {
  machine.meter.hold(front.length + behind.length);
  machine.meter.step(front.length / 32);
  return front + behind;
}

export function constructObject(
  machine: Machine,
  node: ObjectNode,
  input: Json,
  scope: Scope,
  emit: Emit,
): Stop | undefined {
  /** Sets the members from `from` on; `built` is this call's own. */
  const extend = (from: number, built: JsonObject): Stop | undefined => {
    for (let at = from; at < node.members.length; at += 1) {
      const { key, value } = node.members[at] as Member;
      if (!key.single || !value.single) {
        return machine.each(key, input, scope, (name) =>
          machine.each(value, input, scope, (member) => {
            machine.meter.copyMembers(at + 1);
            const branch = { ...built };
            return put(machine, branch, name, member) ?? extend(at + 1, branch);
          }),
        );
      }
      const stop = putOnly(machine, built, key, value, input, scope);
      if (stop) return stop;
    }
    return emit(built);
  };
  return extend(0, {});
}

/** Sets a member whose key and value have one output each. */
function putOnly(
  machine: Machine,
  built: JsonObject,
  key: Node,
  value: Node,
  input: Json,
  scope: Scope,
): Stop | undefined {
  const name = machine.only(key, input, scope);
  if (name instanceof Stop) return name;
  const member = machine.only(value, input, scope);
  return member instanceof Stop ? member : put(machine, built, name, member);
}

function put(machine: Machine, built: JsonObject, name: Json, member: Json): Stop | undefined {
  if (typeof name !== "string") return typeError(`Cannot use ${describe(name, machine.meter)} as object key`);
  setMember(built, name, member);
  return undefined;
}
