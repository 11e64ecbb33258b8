// Run and node statuses (runs.md §4.1).

export const runStatuses = [
  "pending",
  "running",
  "paused",
  "waiting-approval",
  "waiting-input",
  "waiting-external",
  "cancelling",
  "completed",
  "failed",
  "cancelled",
] as const;
export type RunStatus = (typeof runStatuses)[number];

export type TerminalStatus = "completed" | "failed" | "cancelled";

export function isTerminalStatus(status: RunStatus): status is TerminalStatus {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** `skipped` never started; `waiting` is an open interrupt; `retrying` waits for its backoff. */
export type NodeStatus = "running" | "waiting" | "retrying" | "completed" | "failed" | "skipped" | "cancelled";

export const interruptKinds = [
  "approval",
  "clarification",
  "external-event",
  "custom",
  "conversation.start",
  "conversation.exchange",
  "conversation.close",
  "low-confidence",
] as const;
export type InterruptKind = (typeof interruptKinds)[number];

/** Which run status an open interrupt of this kind shows (runs.md §4.1, interrupts-conversations.md §1.3). */
export function waitingStatusOf(kind: InterruptKind): RunStatus {
  switch (kind) {
    case "approval":
    case "low-confidence":
    case "conversation.start":
    case "conversation.exchange":
    case "conversation.close":
      return "waiting-approval";
    case "clarification":
    case "custom":
      return "waiting-input";
    case "external-event":
      return "waiting-external";
  }
}
