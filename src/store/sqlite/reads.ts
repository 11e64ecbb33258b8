// The port's reads, and where each is.

import { listApiKeys, readApiKey, readSecret } from "./credentials.ts";
import { deadLetterReads } from "./dead-letters.ts";
import { listWorkflows, readDefinition, readWorkflow } from "./definitions.ts";
import { listOpenEffects, readEffect } from "./effects.ts";
import { findInterrupt, listOpenInterrupts, readInterrupt } from "./interrupts.ts";
import { listLane } from "./lanes.ts";
import { loadReads } from "./load.ts";
import { readLog } from "./log.ts";
import { listDedup, readDedup, readReceipt } from "./marks.ts";
import { listDueOutbox, listUnsettledOutbox, nextOutboxDueMs, readOutbox } from "./outbox.ts";
import type { Reading } from "./reading.ts";
import { runControlReads } from "./run-control.ts";
import { listRunIds, listRuns, listUnfinishedRuns, readRun } from "./runs.ts";
import { scheduleReads } from "./schedules.ts";
import { listThreads, readContent, readMessage, readMessages, readThread } from "./threads.ts";
import { listDueTimers, listTimers, nextTimerDueMs } from "./timers.ts";
import { webhookReads } from "./webhooks.ts";

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

    ...webhookReads(reading),
    ...scheduleReads(reading),
    ...deadLetterReads(reading),
    ...runControlReads(reading),
    ...loadReads(reading),
  };
}
