// Whom a question waits for can change while it is open: someone hands it on, or nobody answered in time and others are
// asked as well (docs/adr/0013). Both only ever add people.

import { type Draft, emit } from "../draft.ts";
import type { OpenInterrupt } from "../state.ts";
import { approversOf } from "./people.ts";

/** Hands the question on to someone; whoever could decide before still can. */
export function delegateInterrupt(
  draft: Draft,
  nodeId: string,
  interrupt: OpenInterrupt,
  { to, by, reason }: { to: string; by: string; reason?: string },
): void {
  const { interruptId } = interrupt;
  if (approversOf(interrupt.data).includes(to)) return;
  const payload = { nodeId, interruptId, to, delegatedBy: by, ...(reason !== undefined && { reason }) };
  emit(draft, "parley.interrupt.delegated", payload, { nodeId });
  amendRow(draft, nodeId, interruptId);
}

/** Nobody answered in time: the question goes to these people too. */
export function escalateInterrupt(draft: Draft, nodeId: string, interrupt: OpenInterrupt, to: readonly string[]): void {
  const { interruptId, requestedMs } = interrupt;
  const afterMs = draft.nowMs - requestedMs;
  emit(draft, "parley.interrupt.escalated", { nodeId, interruptId, to: [...to], afterMs }, { nodeId });
  amendRow(draft, nodeId, interruptId);
}

function amendRow(draft: Draft, nodeId: string, interruptId: string): void {
  const data = draft.state.waiting.get(nodeId)?.data;
  if (data) draft.rows.push({ op: "amendInterrupt", interruptId, data });
}
