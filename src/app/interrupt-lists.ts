// What is open, for those who may answer and those who wait (interrupts-conversations.md §7).

import { approversOf } from "#engine/interrupts/people.ts";
import type { InterruptRow } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { listBody } from "./pages.ts";
import { tokenFor } from "./token-for.ts";

/** Open questions the caller may see, earliest deadline first; tokens only for those who may answer. */
export async function listPending(
  deps: AppDeps,
  call: Call,
  query: { runId?: string; limit: number; cursor?: string },
): Promise<JsonObject> {
  const { runId, limit, cursor } = query;
  const page = await deps.store.listOpenInterrupts(
    { tenantId: call.principal.tenantId, ...(runId !== undefined && { runId }) },
    { limit, ...(cursor !== undefined && { cursor }) },
  );
  return listBody("interrupts", page, (row) => pendingItem(deps, call, row));
}

export function pendingItem(deps: AppDeps, call: Call, row: InterruptRow): JsonObject {
  const mayAnswer = call.principal.scopes.has("approvals:respond");
  return {
    interruptId: row.interruptId,
    runId: row.runId,
    nodeId: row.nodeId,
    ...(row.threadId !== undefined && { threadId: row.threadId }),
    kind: row.kind,
    data: row.data,
    ...(row.resumeSchema && { resumeSchema: row.resumeSchema }),
    ...askedOf(row),
    ...(mayAnswer && { token: tokenFor(deps, row) }),
    inspectToken: tokenFor(deps, row, "inspect"),
    requestedAt: new Date(row.requestedMs).toISOString(),
    ...(row.deadlineMs !== undefined && { expiresAt: new Date(row.deadlineMs).toISOString() }),
  };
}

/** What a run's `callbackUrl` is told of an open question; undefined when it is no longer open. */
export async function describeForCallback(deps: AppDeps, interruptId: string): Promise<JsonObject | undefined> {
  const row = await deps.store.readInterrupt(interruptId);
  if (row?.status !== "open") return undefined;
  const token = row.authRequired ? undefined : tokenFor(deps, row);
  return {
    interruptId,
    runId: row.runId,
    nodeId: row.nodeId,
    kind: row.kind,
    data: row.data,
    ...askedOf(row),
    requestedAt: new Date(row.requestedMs).toISOString(),
    ...(token !== undefined && { interruptToken: token, callbackUrl: `${deps.baseUrl()}/v1/interrupts/${token}` }),
  };
}

/** Whom an approval waits for; left out where anyone may decide who is allowed to answer at all. */
function askedOf({ data, kind }: InterruptRow): JsonObject {
  const approvers = kind === "approval" ? approversOf(data) : [];
  return approvers.length > 0 ? { approvers } : {};
}
