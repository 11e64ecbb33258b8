// Inputs of inverses: references to recorded facts, or constants of the document (runs.md §12.3).
//
//   ${nodes.<id>.output.<port>}   what a node of the run put out
//   ${inputs.<name>}              what the caller gave the run
//
// A text with a reference is the reference and nothing else.

import type { Json, JsonObject } from "#protocol/json.ts";

export type Reference = { from: "nodes"; nodeId: string; port: string } | { from: "inputs"; name: string };

/** A mapping's value: where it is read, a constant, or undefined: it refers to something else. */
export function parseFact(value: unknown): { reference: Reference } | { constant: Json } | undefined {
  if (typeof value !== "string" || !value.includes("${")) {
    return containsReference(value) ? undefined : { constant: value as Json };
  }
  const whole = /^\$\{([^{}]+)\}$/u.exec(value)?.[1];
  const node = whole && /^nodes\.(.+)\.output\.([^.]+)$/u.exec(whole);
  if (node) return { reference: { from: "nodes", nodeId: node[1] as string, port: node[2] as string } };
  const input = whole && /^inputs\.([^.]+)$/u.exec(whole);
  return input ? { reference: { from: "inputs", name: input[1] as string } } : undefined;
}

/** References stand at the top of a mapping only; one that lies deeper would be handed on as text. */
function containsReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && JSON.stringify(value).includes("${");
}

/** What the mapping comes to; undefined: a fact was never recorded. */
export function resolveFacts(
  mapping: Readonly<Record<string, unknown>>,
  outputsOf: (nodeId: string) => JsonObject | undefined,
  runInputs: JsonObject,
): JsonObject | undefined {
  const resolved = new Map<string, Json>();
  for (const [port, value] of Object.entries(mapping)) {
    const fact = parseFact(value);
    const found = fact && ("constant" in fact ? fact.constant : read(fact.reference, outputsOf, runInputs));
    if (found === undefined) return undefined;
    resolved.set(port, found);
  }
  return Object.fromEntries(resolved);
}

function read(
  reference: Reference,
  outputsOf: (nodeId: string) => JsonObject | undefined,
  runInputs: JsonObject,
): Json | undefined {
  const facts = reference.from === "nodes" ? outputsOf(reference.nodeId) : runInputs;
  const name = reference.from === "nodes" ? reference.port : reference.name;
  return facts && Object.hasOwn(facts, name) ? facts[name] : undefined;
}
