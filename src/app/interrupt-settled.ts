// Questions that are over: found out, and refused with the code of why (interrupts-conversations.md §7.1, §7.2).

import type { InterruptRow } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { AppDeps } from "./deps.ts";

/** The row as it stands now: a question whose deadline passed is over, also before its timer says so (§7.2). */
export async function upToDate(deps: AppDeps, row: InterruptRow): Promise<InterruptRow> {
  if (row.status !== "open" || row.deadlineMs === undefined || row.deadlineMs > deps.clock.nowMs()) return row;
  const { runId, nodeId, interruptId } = row;
  await deps.runs.dispatch(runId, ({ state }) => {
    if (state.waiting.get(nodeId)?.interruptId !== interruptId) return { command: { type: "continue" } };
    const attempt = state.nodes.get(nodeId)?.attempt ?? 0;
    return { command: { type: "fireTimer", purpose: "interrupt-timeout", nodeId, attempt } };
  });
  return (await deps.store.readInterrupt(interruptId)) ?? row;
}

/** Why a settled question cannot be answered by node. Always throws. */
export async function refuseSettled(deps: AppDeps, row: InterruptRow): Promise<never> {
  const details = { runId: row.runId, nodeId: row.nodeId };
  if (row.status === "cancelled") throw new ParleyError("interrupt_cancelled", details);
  if (row.status === "gone") throw new ParleyError("interrupt_gone", details);
  const run = await deps.store.readRun(row.runId);
  if (row.kind === "conversation.exchange" && run && !isTerminalStatus(run.status)) {
    throw new ParleyError("validation_error", details, { message: "This conversation was closed." });
  }
  throw new ParleyError("interrupt_already_resolved", details);
}
