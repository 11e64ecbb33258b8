// What a node needs of its host: capabilities that must be there when it runs, and those that tests have switched off.

import type { RunError } from "#protocol/errors.ts";
import type { NodeType } from "./node-type.ts";

/** Live switches of test seams. A host without them provides no runtime capability and withholds nothing. */
export interface CapabilitySwitches {
  isProvided(capability: string): boolean;
  isWithheld(capability: string): boolean;
}

/** Why the node must not run now; undefined: it may. Its executor is never asked (runs.md §5.7). */
export function unmetRequirement(type: NodeType, switches: CapabilitySwitches | undefined): RunError | undefined {
  const missing = type.requires?.find((capability) => !switches?.isProvided(capability));
  if (missing === undefined) return undefined;
  return {
    code: "capability_not_provided",
    message: `The node type ${type.typeId} requires ${missing}, which this host does not provide.`,
    details: { capability: missing },
    retryable: false,
  };
}
