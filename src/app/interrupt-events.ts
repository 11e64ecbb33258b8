// An event from outside may be delivered more than once: the repetition gets the answer of the first time
// (interrupts-conversations.md §4.3).

import type { InterruptRow, RowOp } from "#ports/rows.ts";
import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import { isJsonObject, type Json } from "#protocol/json.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer } from "./receipts.ts";

/** One event of one question; undefined: the event has no id, or the question takes none. */
function markOf({ interruptId, kind, tenantId }: InterruptRow, value: Json) {
  if (kind !== "external-event" || !isJsonObject(value)) return undefined;
  const inside = isJsonObject(value.eventPayload) ? value.eventPayload.eventId : undefined;
  const eventId = value.eventId ?? inside;
  if (typeof eventId !== "string" || eventId === "") return undefined;
  return { scope: `external-event:${tenantId}`, key: sha256Hex(canonicalJson([interruptId, eventId])) };
}

/** The row that remembers the event, for the commit that takes it. */
export function eventMark(row: InterruptRow, value: Json, { body }: Answer, atMs: number): RowOp[] {
  const mark = markOf(row, value);
  return mark ? [{ op: "claimDedup", ...mark, value: JSON.parse(body) as Json, atMs }] : [];
}

/** The first answer to this very event; undefined: it was not this one that the question got. */
export async function repeatedEvent(deps: AppDeps, row: InterruptRow, value: Json): Promise<Answer | undefined> {
  const mark = markOf(row, value);
  const first = mark && (await deps.store.readDedup(mark.scope, mark.key));
  return first === undefined ? undefined : answer(200, first);
}
