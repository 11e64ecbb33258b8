// Who may read a channel and write to it (runs.md §11.3). A list that is there is complete; one that is not is open.

import type { RunError } from "#protocol/errors.ts";
import type { WorkflowNode } from "#protocol/workflows.ts";
import type { DeclaredChannel } from "./declared.ts";

/** The error of a node that may not; undefined: it may. */
export function refuseAccess(
  channel: DeclaredChannel,
  side: "readers" | "writers",
  node: Pick<WorkflowNode, "id" | "typeId">,
): RunError | undefined {
  const allowed = channel[side];
  if (allowed === undefined || allowed.some((entry) => admits(entry, node))) return undefined;
  const verb = side === "readers" ? "read" : "write to";
  return {
    code: "channel_access_denied",
    message: `Node ${node.id} may not ${verb} channel ${channel.name}.`,
    details: { channel: channel.name, requestedBy: { nodeId: node.id, typeId: node.typeId }, allowed },
  };
}

/** An entry is a node id, a type id, or the beginning of type ids: `core.ai.*`; `*` is everybody. */
function admits(entry: string, { id, typeId }: Pick<WorkflowNode, "id" | "typeId">): boolean {
  if (entry === "*" || entry === id || entry === typeId) return true;
  return entry.endsWith("*") && typeId.startsWith(entry.slice(0, -1));
}
