// The port's reads, and where each is.

import { listApiKeys, readApiKey, readSecret } from "./credentials.ts";
import type { Database } from "./database.ts";
import { listWorkflows, readDefinition, readWorkflow } from "./definitions.ts";
import { listOpenEffects, readEffect } from "./effects.ts";
import { findInterrupt, listOpenInterrupts, readInterrupt } from "./interrupts.ts";
import { listLane } from "./lanes.ts";
import { readLog } from "./log.ts";
import { listDedup, readDedup, readReceipt } from "./marks.ts";
import { listDueOutbox, listUnsettledOutbox, nextOutboxDueMs, readOutbox } from "./outbox.ts";
import { listRunIds, listRuns, listUnfinishedRuns, readRun } from "./runs.ts";
import { listThreads, readContent, readMessage, readMessages, readThread } from "./threads.ts";
import { listDueTimers, listTimers, nextTimerDueMs } from "./timers.ts";

/** Makes a method of the port out of a read on the database. */
export type Reading = <A extends unknown[], T>(read: (db: Database, ...args: A) => T) => (...args: A) => Promise<T>;

export function readsOf(reading: Reading) {
  return {
    readRun: reading(readRun),
    readLog: reading(readLog),
    listRuns: reading(listRuns),
    listUnfinishedRuns: reading(listUnfinishedRuns),

    readDefinition: reading(readDefinition),
    readWorkflow: reading(readWorkflow),
    listWorkflows: reading(listWorkflows),

    readInterrupt: reading(readInterrupt),
    findInterrupt: reading(findInterrupt),
    listOpenInterrupts: reading(listOpenInterrupts),
    readEffect: reading(readEffect),
    listOpenEffects: reading(listOpenEffects),
    listDueTimers: reading(listDueTimers),
    nextTimerDueMs: reading(nextTimerDueMs),
    listDueOutbox: reading(listDueOutbox),
    nextOutboxDueMs: reading(nextOutboxDueMs),
    readOutbox: reading(readOutbox),

    readThread: reading(readThread),
    listThreads: reading(listThreads),
    readMessage: reading(readMessage),
    readMessages: reading(readMessages),
    listLane: reading((database, tenantId: string, threadId: string) => listLane(database, tenantId, threadId)),

    readContent: reading(readContent),
    readReceipt: reading(readReceipt),
    readDedup: reading(readDedup),
    readApiKey: reading(readApiKey),
    listApiKeys: reading(listApiKeys),
    readSecret: reading(readSecret),

    listRunIds: reading(listRunIds),
    listTimers: reading(listTimers),
    listUnsettledOutbox: reading(listUnsettledOutbox),
    listDedup: reading(listDedup),
  };
}
