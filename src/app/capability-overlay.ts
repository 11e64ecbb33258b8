// The capability overlay: what tests have switched on this host (operations.md §10.2). In memory only, gone with the
// process; a host without test seams has none.
//
//   O1. Switching off is real: documents that need the capability are refused, and discovery does not claim it.
//   O2. Switching on provides a runtime capability to nodes that require it. It never makes the host claim what it has
//       not built.

import type { CapabilitySwitches } from "#engine/requirements.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";

/** Enough for any suite; a caller who goes on is refused instead of kept. */
export const MAX_SWITCHES = 256;

export class CapabilityOverlay implements CapabilitySwitches {
  readonly #switches = new Map<string, boolean>();

  /** False: there are too many. `null` takes the switch away. */
  set(name: string, value: boolean | null): boolean {
    if (value === null) return this.#switches.delete(name) || true;
    if (!this.#switches.has(name) && this.#switches.size >= MAX_SWITCHES) return false;
    this.#switches.set(name, value);
    return true;
  }

  reset(): void {
    this.#switches.clear();
  }

  shown(): Record<string, boolean> {
    return Object.fromEntries(this.#switches);
  }

  isProvided(capability: string): boolean {
    return this.#switches.get(capability) === true;
  }

  /** A family that is off takes its members along: `dispatch` is `dispatch.supported`, and all below. */
  isWithheld(capability: string): boolean {
    if (this.#switches.size === 0) return false;
    const parts = capability.split(".");
    if (parts.some((_, at) => this.#switches.get(parts.slice(0, at + 1).join(".")) === false)) return true;
    return this.#switches.get(`${parts[0]}.supported`) === false;
  }

  /** The document without the claims that are switched off. */
  claimsOf(document: JsonObject): JsonObject {
    const off = [...this.#switches].filter(([, value]) => !value).map(([name]) => name);
    return off.length === 0 ? document : off.reduce(withoutClaim, document);
  }
}

function withoutClaim(document: JsonObject, name: string): JsonObject {
  const [head, ...rest] = name.split(".");
  if (head === undefined || !Object.hasOwn(document, head)) return document;
  const member = document[head] as Json;
  if (rest.length > 0) {
    return isJsonObject(member) ? { ...document, [head]: withoutClaim(member, rest.join(".")) } : document;
  }
  if (typeof member === "boolean") return { ...document, [head]: false };
  if (isJsonObject(member) && "supported" in member) return { ...document, [head]: { supported: false } };
  const { [head]: _claim, ...others } = document;
  return others;
}
