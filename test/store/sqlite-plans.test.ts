// Lists cost O(page) (P-8): every statement of the store goes by an index, in the order in which rows are wanted.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Guard, RowOp } from "#ports/rows.ts";
import { listApiKeys, readApiKey } from "#store/sqlite/credentials.ts";
import { Database, type Value } from "#store/sqlite/database.ts";
import { deadLetterReads } from "#store/sqlite/dead-letters.ts";
import { listWorkflows } from "#store/sqlite/definitions.ts";
import { listOpenEffects } from "#store/sqlite/effects.ts";
import { prepareFile } from "#store/sqlite/file.ts";
import { findInterrupt, listOpenInterrupts } from "#store/sqlite/interrupts.ts";
import { listLane } from "#store/sqlite/lanes.ts";
import { readLog } from "#store/sqlite/log.ts";
import { lastCommitNumber, listDedup, prune } from "#store/sqlite/marks.ts";
import { migrate } from "#store/sqlite/migrate.ts";
import { migrations } from "#store/sqlite/migrations/index.ts";
import { listDueOutbox, listUnsettledOutbox, nextOutboxDueMs } from "#store/sqlite/outbox.ts";
import { listRunIds, listRuns, listUnfinishedRuns } from "#store/sqlite/runs.ts";
import { scheduleReads } from "#store/sqlite/schedules.ts";
import { listThreads, readContent, readMessage, readMessages } from "#store/sqlite/threads.ts";
import { listDueTimers, listTimers, nextTimerDueMs } from "#store/sqlite/timers.ts";
import {
  listDueWebhookLines,
  listWebhookRecords,
  listWebhooks,
  nextWebhookDueMs,
  pruneWebhooks,
  readWebhookLine,
} from "#store/sqlite/webhooks.ts";
import { writeCommit } from "#store/sqlite/write-commit.ts";
import {
  aCommit,
  anApiKey,
  aReceipt,
  aWorkflow,
  events,
  insertRun,
  putEffect,
  putInterrupt,
  putOutbox,
  putTimer,
  say,
} from "../contracts/store-builders.ts";
import { aSchedule } from "../contracts/store-time.ts";
import { everyWebhookOp } from "../contracts/store-webhooks.ts";

const timeOps: RowOp[] = [
  { op: "putSchedule", schedule: aSchedule("sch_1") },
  { op: "moveSchedule", scheduleId: "sch_1", state: "active", nextDueMs: 2 },
  { op: "accountSlot", slot: { scheduleId: "sch_1", scheduledMs: 1, outcome: "run", atMs: 1, runId: "run_1" } },
  { op: "deleteTriggerSchedules", tenantId: "default", workflowId: "job", keep: [] },
  { op: "deleteSchedule", scheduleId: "sch_1" },
  {
    op: "putDeadLetter",
    letter: { runId: "run_1", tenantId: "default", workflowId: "a", nodeId: "a", reason: "r", attempts: 2, atMs: 1 },
  },
  { op: "purgeRun", runId: "run_1" },
];

function timeReadsOf(db: Database): unknown {
  const reading =
    (read: (db: Database, ...args: never[]) => unknown) =>
    (...args: never[]) =>
      read(db, ...args);
  const schedules = scheduleReads(reading as never);
  const letters = deadLetterReads(reading as never);
  return [
    schedules.readSchedule("sch_1"),
    schedules.listSchedules({ tenantId: "default" }, page),
    schedules.listSchedules({ tenantId: "default", workflowId: "job" }, page),
    schedules.listDueSchedules(5, 10, { nextDueMs: 1, scheduleId: "sch_1" }),
    schedules.nextScheduleDueMs(),
    schedules.listSlots("sch_1", 10),
    letters.readDeadLetter("run_1"),
    letters.listDeadLetters("default", page),
    letters.listExpiredDeadLetters(5, 10),
  ];
}

/** A database that remembers which statements it was asked for. */
class WatchedDatabase extends Database {
  readonly statements = new Set<string>();

  override run(sql: string, ...values: Value[]): number {
    this.statements.add(sql);
    return super.run(sql, ...values);
  }
  override get<T>(sql: string, ...values: Value[]): T | undefined {
    this.statements.add(sql);
    return super.get(sql, ...values);
  }
  override all<T>(sql: string, ...values: Value[]): T[] {
    this.statements.add(sql);
    return super.all(sql, ...values);
  }
  override allNamed<T>(sql: string, values: Record<string, Value>): T[] {
    this.statements.add(sql);
    return super.allNamed(sql, values);
  }
  override iterate<T>(sql: string, ...values: Value[]): Iterable<T> {
    this.statements.add(sql);
    return super.iterate(sql, ...values);
  }

  /** The plans of what `use` asks for. */
  plansOf(use: (db: Database) => unknown): string[] {
    this.statements.clear();
    use(this);
    return [...this.statements].flatMap((sql) =>
      super.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map((step) => step.detail),
    );
  }
}

const lane = { tenantId: "default", threadId: "t" };
const page = { limit: 10 };

const everyOp: RowOp[] = [
  insertRun("run_1", { start: { tags: ["x"] } }),
  { op: "updateRun", runId: "run_1", patch: { status: "running", lastSequence: 0, unfinished: false } },
  { op: "putDefinition", hash: "h", json: "{}" },
  { op: "putWorkflow", workflow: aWorkflow("flow") },
  { op: "deleteWorkflow", tenantId: "default", workflowId: "flow" },
  putInterrupt("int_1"),
  { op: "settleInterrupt", interruptId: "int_1", tenantId: "default", status: "resolved", atMs: 1 },
  putEffect("eff_1"),
  { op: "startEffect", effectId: "eff_1" },
  { op: "settleEffect", effectId: "eff_1", state: "done" },
  putTimer({ runId: "run_1", dueMs: 1 }),
  { op: "deleteTimer", runId: "run_1", purpose: "delay", nodeId: "wait" },
  ...say("m1", "x"),
  { op: "claimLane", ...lane, runId: "run_1" },
  { op: "queueOnLane", ...lane, runId: "run_2" },
  { op: "releaseLane", ...lane, runId: "run_7" },
  { op: "releaseLane", ...lane, runId: "run_1" },
  putOutbox("obx_1"),
  { op: "settleOutbox", outboxId: "obx_1", state: "sent", attempts: 1, dueMs: 1 },
  { op: "claimDedup", scope: "s", key: "k", value: 1, atMs: 1 },
  { op: "putReceipt", receipt: aReceipt("hash") },
  { op: "putApiKey", key: anApiKey("key_1") },
  { op: "revokeApiKey", keyId: "key_1", atMs: 1 },
  { op: "putSecret", name: "n", value: "v" },
  ...everyWebhookOp,
  { op: "endRun", runId: "run_1", interrupts: "gone", atMs: 1 },
  ...timeOps,
];

const everyGuard: Guard[] = [
  { guard: "slotAbsent", scheduleId: "other", scheduledMs: 1 },
  { guard: "dedupAbsent", scope: "s", key: "other" },
  { guard: "receiptAbsent", keyHash: "other", nowMs: 1 },
  { guard: "runAbsent", runId: "other" },
  { guard: "laneFree", ...lane, threadId: "other" },
  { guard: "secretAbsent", name: "other" },
  { guard: "workflowHash", tenantId: "default", workflowId: "other", hash: null },
];

const reads: Record<string, (db: Database) => unknown> = {
  "a list of all runs": (db) => listRuns(db, { tenantId: "default" }, page),
  "a list of a status": (db) => listRuns(db, { tenantId: "default", status: "failed" }, page),
  "a list of a workflow": (db) => listRuns(db, { tenantId: "default", workflowId: "a" }, page),
  "a list of both": (db) => listRuns(db, { tenantId: "default", workflowId: "a", status: "failed" }, page),
  "a list of a tag": (db) => listRuns(db, { tenantId: "default", tag: "x" }, page),
  "unfinished runs": (db) => listUnfinishedRuns(db, 10),
  "run ids": (db) => listRunIds(db, 10, "run_1"),
  "a log": (db) => readLog(db, "run_1", 3, 10),
  workflows: (db) => listWorkflows(db, "default"),
  "an interrupt of a node": (db) => findInterrupt(db, "run_1", "ask"),
  "open interrupts": (db) => listOpenInterrupts(db, { tenantId: "default" }, page),
  "open effects": (db) => listOpenEffects(db, 10),
  "due timers": (db) => [listDueTimers(db, 5, 10), nextTimerDueMs(db), listTimers(db, 10)],
  "due outbox rows": (db) => [listDueOutbox(db, 5, 10), nextOutboxDueMs(db), listUnsettledOutbox(db, 10)],
  threads: (db) => listThreads(db, "default", page),
  "a message": (db) => readMessage(db, "default", "m1"),
  "the newest messages": (db) => readMessages(db, "default", "t", { limit: 10, newest: true }),
  "the oldest messages": (db) => readMessages(db, "default", "t", { limit: 10, newest: false }),
  "a lane": (db) => listLane(db, "default", "t"),
  "a body": (db) => readContent(db, "body:m1"),
  "dedup marks": (db) => listDedup(db, 10),
  keys: (db) => [readApiKey(db, "key_1"), listApiKeys(db, "default")],
  schedules: (db) => timeReadsOf(db),
  "the newest commit": (db) => lastCommitNumber(db),
  webhooks: (db) => listWebhooks(db, "default"),
  "due deliveries": (db) => [listDueWebhookLines(db, "wh_1", 5, 10), nextWebhookDueMs(db, "wh_1", 5)],
  "a delivery": (db) => readWebhookLine(db, { webhookId: "wh_1", runId: "run_1", redrive: -1 }),
  deliveries: (db) => listWebhookRecords(db, { webhookId: "wh_1", what: "deliveries" }, page),
  "dead letters of a webhook": (db) => listWebhookRecords(db, { webhookId: "wh_1", what: "dead-letters" }, page),
  "changes of a webhook": (db) => listWebhookRecords(db, { webhookId: "wh_1", what: "changes" }, page),
};

describe("the plan of", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-plans-"));
  const path = join(folder, "parley.db");
  let db: WatchedDatabase;
  before(async () => {
    prepareFile(path, 1);
    db = new WatchedDatabase(path);
    await migrate(db, path, migrations, 0);
  });
  after(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });

  it("a commit of every guard and every change finds its rows by an index", () => {
    const commit = aCommit({ guards: everyGuard, appends: [events("run_1", 0, 1)], rows: everyOp });
    assertIndexed(db.plansOf((watched) => writeCommit(watched, { commit, verbatim: true }, 1, 1)));
  });

  for (const [name, read] of Object.entries(reads)) {
    it(`${name} is a range of an index, already in order`, () => {
      const plans = db.plansOf(read);
      assertIndexed(plans);
      assert.doesNotMatch(plans.join("\n"), /TEMP B-TREE/);
    });
  }

  for (const filter of [{ runId: "run_1" }, { threadId: "t" }]) {
    it(`open interrupts of one ${Object.keys(filter)} sorts no more than those`, () => {
      assertIndexed(db.plansOf((watched) => listOpenInterrupts(watched, { tenantId: "default", ...filter }, page)));
    });
  }

  it("pruning webhooks deletes by an index", () => {
    const plans = db.plansOf((watched) => pruneWebhooks(watched, 1, 1, 10));
    assertIndexed(plans);
    assert.doesNotMatch(plans.join("\n"), /TEMP B-TREE/);
  });

  it("prune deletes by an index", () => {
    const plans = db.plansOf((watched) => prune(watched, 1, 1, 10));
    assertIndexed(plans.filter((step) => !step.startsWith("SCAN commits")));
  });
});

/** Every table is entered by an index: by a key, or from the end of an index that a LIMIT cuts off. */
function assertIndexed(plans: string[]): void {
  assert.ok(plans.length > 0);
  for (const step of plans) assert.doesNotMatch(step, /^SCAN (?!.*USING (COVERING )?INDEX|CONSTANT ROW)/, step);
}
