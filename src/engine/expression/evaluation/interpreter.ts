// Runs a tree. Outputs are handed on one at a time (machine.ts); errors are values (stop.ts); only limits throw (meter.ts).
//
// Where two parts can each have several outputs, the order is jq's: the right operand, the key, the last interpolation
// is the outer loop; in objects, `range` and slices the first part is.

import type { Json } from "#protocol/json.ts";
import { functionOf } from "../functions/functions.ts";
import type { Emit, Machine, Scope } from "../program/machine.ts";
import type { Node } from "../program/nodes.ts";
import { calculate, negate } from "../values/arithmetic.ts";
import { holds } from "../values/comparison.ts";
import { isTruthy } from "../values/kinds.ts";
import type { Meter } from "../values/meter.ts";
import { Stop } from "../values/stop.ts";
import { constructObject, constructText } from "./construct.ts";
import { descend, runPath } from "./paths.ts";

type Of<Kind extends Node["kind"]> = Extract<Node, { kind: Kind }>;

export class Interpreter implements Machine {
  readonly meter: Meter;

  constructor(meter: Meter) {
    this.meter = meter;
  }

  run(node: Node, input: Json, scope: Scope, emit: Emit): Stop | undefined {
    this.meter.step();
    switch (node.kind) {
      case "identity":
      case "literal":
      case "variable":
        return emit(leaf(node, input, scope));
      case "descend":
        return descend(this, input, emit);
      case "fields":
      case "index":
      case "slice":
      case "iterate":
        return runPath(this, node, input, scope, emit);
      case "text":
        return constructText(this, node, input, scope, emit);
      case "array":
        return handOn(node.items ? this.collect(node.items, input, scope) : [], emit);
      case "object":
        return constructObject(this, node, input, scope, emit);
      case "negate":
        return this.each(node.operand, input, scope, (value) => handOn(negate(value, this.meter), emit));
      case "arithmetic":
        return this.#operate(node, input, scope, emit, (left, right) =>
          calculate(node.operator, left, right, this.meter),
        );
      case "compare":
        return this.#operate(node, input, scope, emit, (left, right) => holds(node.operator, left, right, this.meter));
      case "and":
      case "or":
        return this.#connect(node, input, scope, emit);
      case "alternative":
        return this.#alternative(node, input, scope, emit);
      case "pipe":
        return this.#pipe(node.stages, 0, input, scope, emit);
      case "comma":
        return this.#comma(node, input, scope, emit);
      case "if":
        return this.#branch(node, 0, input, scope, emit);
      case "try":
        return this.#attempt(node, input, scope, emit);
      case "bind":
        return this.each(node.source, input, scope, (value) =>
          this.run(node.body, input, { name: node.name, value, outer: scope }, emit),
        );
      case "call":
        return this.#call(node, input, scope, emit);
    }
  }

  each(node: Node, input: Json, scope: Scope, use: Emit): Stop | undefined {
    return node.single ? handOn(this.only(node, input, scope), use) : this.run(node, input, scope, use);
  }

  collect(node: Node, input: Json, scope: Scope): Json[] | Stop {
    const outputs: Json[] = [];
    const stop = this.run(node, input, scope, (output) => {
      outputs.push(output);
      return undefined;
    });
    return stop ?? outputs;
  }

  only(node: Node, input: Json, scope: Scope): Json | Stop {
    if (node.kind === "identity" || node.kind === "literal" || node.kind === "variable") {
      this.meter.step();
      return leaf(node, input, scope);
    }
    let only: Json = null;
    const stop = this.run(node, input, scope, (output) => {
      only = output;
      return undefined;
    });
    return stop ?? only;
  }

  #operate(
    { left, right }: { left: Node; right: Node },
    input: Json,
    scope: Scope,
    emit: Emit,
    apply: (left: Json, right: Json) => Json | Stop,
  ): Stop | undefined {
    if (left.single && right.single) {
      // Chains like `a + b + c + …` nest to the left: they get along with few frames per link.
      const second = this.only(right, input, scope);
      if (second instanceof Stop) return second;
      const first = this.only(left, input, scope);
      return handOn(first instanceof Stop ? first : apply(first, second), emit);
    }
    return this.each(right, input, scope, (second) =>
      this.each(left, input, scope, (first) => handOn(apply(first, second), emit)),
    );
  }

  /** The right side is looked at only where the left one does not settle it. */
  #connect(node: Of<"and" | "or">, input: Json, scope: Scope, emit: Emit): Stop | undefined {
    const settled = node.kind === "or";
    const judge: Emit = (left) => {
      if (isTruthy(left) === settled) return emit(settled);
      return this.each(node.right, input, scope, (right) => emit(isTruthy(right)));
    };
    if (!node.left.single) return this.run(node.left, input, scope, judge);
    const left = this.only(node.left, input, scope);
    return left instanceof Stop ? left : judge(left);
  }

  /** All truthy outputs of the left side; if there is none, those of the right. */
  #alternative(node: Of<"alternative">, input: Json, scope: Scope, emit: Emit): Stop | undefined {
    let found = false;
    const stop = this.each(node.left, input, scope, (value) => {
      if (!isTruthy(value)) return undefined;
      found = true;
      return emit(value);
    });
    return stop || found ? stop : this.run(node.right, input, scope, emit);
  }

  /** Stages that are single leave no frame behind. */
  #pipe(stages: readonly Node[], from: number, input: Json, scope: Scope, emit: Emit): Stop | undefined {
    let value = input;
    for (let at = from; at < stages.length - 1; at += 1) {
      const stage = stages[at] as Node;
      if (!stage.single) {
        return this.run(stage, value, scope, (output) => this.#pipe(stages, at + 1, output, scope, emit));
      }
      const only = this.only(stage, value, scope);
      if (only instanceof Stop) return only;
      value = only;
    }
    return this.run(stages.at(-1) as Node, value, scope, emit);
  }

  #comma(node: Of<"comma">, input: Json, scope: Scope, emit: Emit): Stop | undefined {
    for (const item of node.items) {
      const stop = this.run(item, input, scope, emit);
      if (stop) return stop;
    }
    return undefined;
  }

  #branch(node: Of<"if">, from: number, input: Json, scope: Scope, emit: Emit): Stop | undefined {
    for (const [at, { test, body }] of node.branches.entries()) {
      if (at < from) continue;
      if (!test.single) {
        return this.run(test, input, scope, (verdict) =>
          isTruthy(verdict) ? this.run(body, input, scope, emit) : this.#branch(node, at + 1, input, scope, emit),
        );
      }
      const verdict = this.only(test, input, scope);
      if (verdict instanceof Stop) return verdict;
      if (isTruthy(verdict)) return this.run(body, input, scope, emit);
    }
    return this.run(node.otherwise, input, scope, emit);
  }

  /** Catches what the body itself raises. A stop that came back from `emit` is not the body's and passes. */
  #attempt(node: Of<"try">, input: Json, scope: Scope, emit: Emit): Stop | undefined {
    let passing: Stop | undefined;
    const stop = this.run(node.body, input, scope, (output) => {
      passing = emit(output);
      return passing;
    });
    if (stop === undefined || stop === passing) return stop;
    return node.handler && this.run(node.handler, stop.value, scope, emit);
  }

  #call(node: Of<"call">, input: Json, scope: Scope, emit: Emit): Stop | undefined {
    const builtIn = functionOf(node.signature);
    if (builtIn.kind === "filter") return builtIn.run(this, node.args, input, scope, emit);
    const [argument] = node.args;
    if (argument === undefined) return handOn(builtIn.apply(input, null, this.meter), emit);
    return this.each(argument, input, scope, (value) => handOn(builtIn.apply(input, value, this.meter), emit));
  }
}

function handOn(result: Json | Stop, emit: Emit): Stop | undefined {
  return result instanceof Stop ? result : emit(result);
}

function leaf(node: Of<"identity" | "literal" | "variable">, input: Json, scope: Scope): Json {
  if (node.kind === "literal") return node.value;
  return node.kind === "identity" ? input : lookUp(node.name, scope);
}

function lookUp(name: string, scope: Scope): Json {
  for (let at = scope; at !== undefined; at = at.outer) if (at.name === name) return at.value;
  throw new Error(`no variable $${name}`); // the parser has checked
}
