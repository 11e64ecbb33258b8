// The table of all built-in functions, by name and number of arguments.

import type { BuiltIn, BuiltIns } from "./built-in.ts";
import { collections } from "./collections.ts";
import { conversions } from "./conversions.ts";
import { entries } from "./entries.ts";
import { generators } from "./generators.ts";
import { ordering } from "./ordering.ts";
import { texts } from "./texts.ts";

const tables: readonly BuiltIns[] = [collections, conversions, entries, generators, ordering, texts];
const builtIns = new Map<string, BuiltIn>(tables.flatMap((table) => Object.entries(table)));

/** What the parser needs to know of a function. */
export interface FoundFunction {
  /** `name/arity`. */
  signature: string;
  single: boolean;
  /** Its arguments are programs it runs itself: how many outputs they have says nothing about its own. */
  takesPrograms: boolean;
}

export function findFunction(name: string, arity: number): FoundFunction | undefined {
  const signature = `${name}/${arity}`;
  const found = builtIns.get(signature);
  if (found === undefined) return undefined;
  if (found.kind === "value") return { signature, single: true, takesPrograms: false };
  return { signature, single: found.single, takesPrograms: true };
}

/** The numbers of arguments with which a name exists. */
export function findFunctionsNamed(name: string): number[] {
  const signatures = [...builtIns.keys()].filter((signature) => signature.startsWith(`${name}/`));
  return signatures.map((signature) => Number(signature.slice(name.length + 1)));
}

/** The function of a call that was parsed. */
export function functionOf(signature: string): BuiltIn {
  const found = builtIns.get(signature);
  if (found === undefined) throw new Error(`no built-in ${signature}`);
  return found;
}
