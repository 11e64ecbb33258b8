// One line per transition of a run, while it is watched.

import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { oneLine } from "./terminal.ts";

/** Undefined for what the summary says anyway. */
export function describeProgress({ type, nodeId, payload }: RunEvent): string | undefined {
  const node = nodeId ?? String(payload.nodeId ?? "");
  switch (type) {
    case "node.completed":
      return `✓ ${node}`;
    case "node.failed":
      return `✗ ${node}: ${messageOf(payload)}`;
    case "node.skipped":
      return `- ${node} (skipped)`;
    case "node.cancelled":
      return `- ${node} (cancelled)`;
    case "node.suspended":
      return `… ${node} waits`;
    case "node.resumed":
      return `▸ ${node} goes on`;
    case "run.paused":
      return "… paused";
    case "run.resumed":
      return "▸ resumed";
    default:
      return undefined;
  }
}

function messageOf({ error }: JsonObject): string {
  const message = (error as { message?: unknown } | undefined)?.message;
  return typeof message === "string" ? oneLine(message) : "failed";
}
