// The tree of a parsed program.
//
//   single   the node yields exactly one output for each input, or stops. Such a node is run to its end before anything
//            is done with its value; any other node hands each output on while it is still running (interpreter.ts).
//   frames   how many levels of the evaluator stand on the stack at most while the node runs.
//
//   N1. No program whose `frames` exceed MAX_FRAMES is ever built, so none can overflow the stack.

import type { Json } from "#protocol/json.ts";
import type { ArithmeticOperator } from "../values/arithmetic.ts";
import type { Comparison } from "../values/comparison.ts";

/** The worst programs of 300 levels, over values nested as deep as allowed, ran in 0.25 MB of Node's 0.98 MB stack. */
export const MAX_FRAMES = 300;

export interface Member {
  key: Node;
  value: Node;
}

export interface Branch {
  test: Node;
  body: Node;
}

/** `optional`: a failing access (of this step only) yields nothing instead, as with `.a?`. */
export type Shape =
  | { kind: "identity" }
  | { kind: "descend" } // `..`
  | { kind: "literal"; value: Json }
  | { kind: "variable"; name: string }
  | { kind: "fields"; target: Node; names: readonly string[]; optional: boolean } // `.a.b.c`
  | { kind: "index"; target: Node; key: Node; optional: boolean }
  | { kind: "slice"; target: Node; from: Node; to: Node; optional: boolean }
  | { kind: "iterate"; target: Node; optional: boolean }
  | { kind: "text"; format: "text" | "json"; parts: readonly (string | Node)[] } // "… \(…) …"
  | { kind: "array"; items: Node | undefined }
  | { kind: "object"; members: readonly Member[] }
  | { kind: "negate"; operand: Node }
  | { kind: "arithmetic"; operator: ArithmeticOperator; left: Node; right: Node }
  | { kind: "compare"; operator: Comparison; left: Node; right: Node }
  | { kind: "and" | "or"; left: Node; right: Node }
  | { kind: "alternative"; left: Node; right: Node } // `//`
  | { kind: "pipe"; stages: readonly Node[] }
  | { kind: "comma"; items: readonly Node[] }
  | { kind: "if"; branches: readonly Branch[]; otherwise: Node }
  | { kind: "try"; body: Node; handler: Node | undefined }
  | { kind: "bind"; source: Node; name: string; body: Node } // `source as $name | body`
  | { kind: "call"; signature: string; args: readonly Node[]; single: boolean };

interface Cost {
  readonly single: boolean;
  readonly frames: number;
}

export type Node = Shape & Cost;

/** Completes a node. The caller checks `frames` against MAX_FRAMES. */
export function node(shape: Shape): Node {
  return { ...shape, ...costOf(shape) };
}

/** A parsed program; opaque to everyone but the evaluator. */
export interface Program {
  readonly root: Node;
}

function costOf(shape: Shape): Cost {
  switch (shape.kind) {
    case "identity":
    case "literal":
    case "variable":
      return { single: true, frames: 1 };
    case "descend":
      return { single: false, frames: 2 };
    case "fields":
      return { ...inTurn([shape.target]), single: shape.target.single && !shape.optional };
    case "index":
      return { ...inTurn([shape.key, shape.target]), single: allSingle([shape.key, shape.target]) && !shape.optional };
    case "slice": {
      const parts = [shape.from, shape.to, shape.target];
      return { ...inTurn(parts), single: allSingle(parts) && !shape.optional };
    }
    case "iterate":
      return { ...inTurn([shape.target]), single: false };
    case "text":
      return inTurn(shape.parts.filter((part) => typeof part !== "string"));
    case "array":
      return { ...inTurn(shape.items ? [shape.items] : []), single: true };
    case "object":
      return inTurn(shape.members.flatMap((member) => [member.key, member.value]));
    case "negate":
      return inTurn([shape.operand]);
    case "arithmetic":
    case "compare":
    case "and":
    case "or":
    case "alternative":
      return inTurn([shape.left, shape.right]);
    case "pipe":
      return inTurn(shape.stages);
    case "comma":
      return { ...oneOf(shape.items), single: false };
    case "if":
      return costOfIf(shape.branches, shape.otherwise);
    case "try":
      return costOfTry(shape.body, shape.handler);
    case "bind":
      return inTurn([shape.source, shape.body]);
    case "call":
      return { ...inTurn(shape.args), single: shape.single };
  }
}

/** The children run one within the outputs of the other, unless they are single: those have ended by then. */
function inTurn(children: readonly Node[]): Cost {
  const severals = children.filter((child) => !child.single);
  const nested = severals.reduce((sum, child) => sum + child.frames + 1, 0);
  const widest = children.reduce((most, child) => (child.single ? Math.max(most, child.frames) : most), 0);
  return { single: severals.length === 0, frames: 1 + nested + widest };
}

/** The children run one after the other. */
function oneOf(children: readonly Node[]): Cost {
  return { single: allSingle(children), frames: 1 + children.reduce((most, { frames }) => Math.max(most, frames), 0) };
}

function costOfIf(branches: readonly Branch[], otherwise: Node): Cost {
  const tests = inTurn(branches.map((branch) => branch.test));
  const ends = oneOf([otherwise, ...branches.map((branch) => branch.body)]);
  return { single: tests.single && ends.single, frames: tests.frames + ends.frames };
}

function costOfTry(body: Node, handler: Node | undefined): Cost {
  if (handler === undefined) return { single: false, frames: body.frames + 1 };
  return { single: body.single && handler.single, frames: Math.max(body.frames, handler.frames) + 1 };
}

function allSingle(children: readonly Node[]): boolean {
  return children.every((child) => child.single);
}
