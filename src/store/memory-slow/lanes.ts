// Lanes of the store in memory.

import { brokenCommit } from "../refusals.ts";
import type { Tables, Waiting } from "./tables.ts";

interface LaneChange {
  tenantId: string;
  threadId: string;
  runId: string;
}

export function claimLane(tables: Tables, { tenantId, threadId, runId }: LaneChange): void {
  const thread = tables.threads.get(tenantId, threadId);
  if (!thread) throw brokenCommit(`there is no thread ${threadId}`);
  if (thread.activeRunId !== undefined && thread.activeRunId !== runId) {
    throw brokenCommit(`thread ${threadId} has a running turn`);
  }
  tables.threads.set({ ...thread, activeRunId: runId }, tenantId, threadId);
}

export function queueOnLane(tables: Tables, { tenantId, threadId, runId }: LaneChange): void {
  const holder = tables.threads.get(tenantId, threadId)?.activeRunId;
  if (holder === undefined || holder === runId) throw brokenCommit(`run ${runId} would wait for nobody`);
  const waits = tables.lane.get(runId);
  if (waits && (waits.tenantId !== tenantId || waits.threadId !== threadId)) {
    throw brokenCommit(`run ${runId} waits on another thread`);
  }
  if (waits) return;
  tables.lastPlace += 1;
  tables.lane.set({ place: tables.lastPlace, tenantId, threadId, runId }, runId);
}

/** The run that takes the lane now. */
export function releaseLane(tables: Tables, { tenantId, threadId, runId }: LaneChange): string | undefined {
  const thread = tables.threads.get(tenantId, threadId);
  if (thread?.activeRunId !== runId) {
    const waits = tables.lane.get(runId);
    if (waits?.tenantId === tenantId && waits.threadId === threadId) tables.lane.delete(runId);
    return undefined;
  }
  const next = waitingOn(tables, tenantId, threadId)[0]?.runId;
  const { activeRunId: _, ...free } = thread;
  tables.threads.set(next === undefined ? free : { ...free, activeRunId: next }, tenantId, threadId);
  if (next === undefined) return undefined;
  tables.lane.delete(next);
  const run = tables.runs.get(next);
  if (run) tables.runs.set({ ...run, unfinished: true }, next);
  return next;
}

export function waitingOn(tables: Tables, tenantId: string, threadId: string): Waiting[] {
  return tables.lane
    .filter((row) => row.tenantId === tenantId && row.threadId === threadId)
    .sort((a, b) => a.place - b.place);
}
