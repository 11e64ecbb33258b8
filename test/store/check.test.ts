// `checkStore`: a sound store has no findings, and each kind of damage has its own.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import type { RowOp } from "#ports/rows.ts";
import type { Append, Store } from "#ports/store.ts";
import { checkStore } from "#store/check.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { openSqliteStore } from "#store/sqlite/open.ts";
import {
  aCommit,
  events,
  insertRun,
  putEffect,
  putInterrupt,
  putOutbox,
  putTimer,
  say,
  write,
} from "../contracts/store-builders.ts";
import { seededRandom } from "./random.ts";

const lane = { tenantId: "default", threadId: "t" };

function endedLog(runId: string, count: number, type = "run.completed"): Append {
  const { lines, ...append } = events(runId, 0, count);
  const last = JSON.parse(lines.at(-1) as string) as object;
  return { ...append, lines: [...lines.slice(0, -1), JSON.stringify({ ...last, type })] };
}

/** A run that goes on with all it may have, one that ended, and a thread in which one more waits. */
async function soundStore(store: Store): Promise<void> {
  const commit = aCommit({
    appends: [events("run_m1", 0, 3), endedLog("run_done", 4), events("run_m2", 0, 1)],
    rows: [
      ...say("m1", "hello"),
      insertRun("run_m1", { lastSequence: 2, start: { turn: { threadId: "t", messageId: "m1" } } }),
      { op: "claimLane", ...lane, runId: "run_m1" },
      ...say("m2", "more"),
      insertRun("run_m2", { lastSequence: 0 }),
      { op: "queueOnLane", ...lane, runId: "run_m2" },
      insertRun("run_done", { status: "completed", lastSequence: 3 }),
      putEffect("eff_1", { runId: "run_m1" }),
      putEffect("eff_2", { runId: "run_done", state: "done" }),
      putTimer({ runId: "run_m1", dueMs: 5 }),
      putInterrupt("int_1", { runId: "run_m1" }),
      putInterrupt("int_2", { runId: "run_done", status: "resolved" }),
      putOutbox("obx_1", { payload: { messageId: "m1" } }),
      putOutbox("obx_2", { payload: { interruptId: "int_1" }, destination: "callback" }),
      { op: "claimDedup", scope: "s", key: "k", value: { runId: "run_m1", messageId: "m1" }, atMs: 1 },
      { op: "claimDedup", scope: "s", key: "other", value: "anything", atMs: 1 },
    ],
  });
  assert.equal((await store.commit(commit)).outcome, "committed");
}

interface Damage {
  name: string;
  /** Done through the port… */
  rows?: RowOp[];
  appends?: Append[];
  /** …or behind its back. */
  sql?: string;
  finding: { check: string; message: RegExp };
}

const damages: Damage[] = [
  {
    name: "events are missing in a log",
    sql: "UPDATE log SET first_seq = 1, last_seq = 3 WHERE stream = 'run_m1'",
    finding: { check: "log", message: /run_m1: events 0 to 0 are missing/ },
  },
  {
    name: "two batches overlap",
    sql: "INSERT INTO log SELECT stream, 1, 3, commit_no, lines FROM log WHERE stream = 'run_m1'",
    finding: { check: "log", message: /run_m1: batch 1-3 overlaps/ },
  },
  {
    name: "a batch holds fewer events than it says",
    sql: "UPDATE log SET last_seq = 5 WHERE stream = 'run_m1'",
    finding: { check: "log", message: /run_m1: batch 0-5 holds 3 events/ },
  },
  {
    name: "a line is not JSON",
    appends: [{ stream: "run_m1", expectedSequence: 3, lines: ["{"] }],
    finding: { check: "log", message: /run_m1: event 3 is not JSON/ },
  },
  {
    name: "an event has another sequence",
    appends: [{ ...events("run_m1", 7, 1), expectedSequence: 3 }],
    finding: { check: "log", message: /run_m1: event 3 says it is event 7/ },
  },
  {
    name: "an event is of another run",
    appends: [{ ...events("run_x", 3, 1), stream: "run_m1" }],
    finding: { check: "log", message: /run_m1: event 3 says it is of run run_x/ },
  },
  {
    name: "a log goes on behind its end",
    appends: [events("run_done", 4, 1)],
    finding: { check: "log", message: /run_done: event 4 stands behind the end/ },
  },
  {
    name: "a row names another last event",
    appends: [events("run_m1", 3, 1)],
    finding: { check: "run", message: /run_m1: the row says the last event is 2, the log ends with 3/ },
  },
  {
    name: "a row has ended and its log has not",
    rows: [{ op: "updateRun", runId: "run_m2", patch: { status: "failed", lastSequence: 0, unfinished: false } }],
    finding: { check: "run", message: /run_m2: the row says failed, the log has no end/ },
  },
  {
    name: "a log has ended in another way than its row",
    rows: [{ op: "updateRun", runId: "run_done", patch: { status: "running", lastSequence: 3, unfinished: false } }],
    finding: { check: "run", message: /run_done: the row says running, the log completed/ },
  },
  {
    name: "a run that has ended is marked unfinished",
    rows: [{ op: "updateRun", runId: "run_done", patch: { status: "completed", lastSequence: 3, unfinished: true } }],
    finding: { check: "run", message: /run_done: it has ended and is marked unfinished/ },
  },
  {
    name: "an ended run has an open interrupt",
    rows: [putInterrupt("int_9", { runId: "run_done" })],
    finding: { check: "run", message: /run_done: it has ended, its interrupt int_9 is open/ },
  },
  {
    name: "a run answers a message that does not exist",
    rows: [insertRun("run_x", { start: { turn: { threadId: "t", messageId: "gone" } } })],
    finding: { check: "run", message: /run_x: it answers message gone/ },
  },
  {
    name: "an ended run has an open effect",
    rows: [putEffect("eff_9", { runId: "run_done", state: "started" })],
    finding: { check: "effect", message: /eff_9 is open, its run run_done has ended/ },
  },
  {
    name: "an effect belongs to no run",
    rows: [putEffect("eff_9", { runId: "nobody" })],
    finding: { check: "effect", message: /eff_9 belongs to run nobody/ },
  },
  {
    name: "an ended run has a timer",
    rows: [putTimer({ runId: "run_done", dueMs: 5 })],
    finding: { check: "timer", message: /timer delay of node "wait" is open, its run run_done/ },
  },
  {
    name: "an outbox row hands over a message that does not exist",
    rows: [putOutbox("obx_9", { payload: { messageId: "gone" } })],
    finding: { check: "outbox", message: /obx_9 hands over message gone/ },
  },
  {
    name: "an outbox row hands over an interrupt that does not exist",
    rows: [putOutbox("obx_9", { payload: { interruptId: "gone" } })],
    finding: { check: "outbox", message: /obx_9 hands over interrupt gone/ },
  },
  {
    name: "a dedup mark stands for a run that does not exist",
    rows: [{ op: "claimDedup", scope: "s", key: "lost", value: { runId: "gone", messageId: "m1" }, atMs: 1 }],
    finding: { check: "dedup", message: /mark lost in s stands for run gone/ },
  },
  {
    name: "a dedup mark stands for a message that does not exist",
    rows: [{ op: "claimDedup", scope: "s", key: "lost", value: { runId: "run_m1", messageId: "gone" }, atMs: 1 }],
    finding: { check: "dedup", message: /mark lost in s stands for message gone/ },
  },
  {
    name: "a position is missing in a thread",
    sql: "UPDATE messages SET position = 5 WHERE message_id = 'm2'",
    finding: { check: "message", message: /Thread t: positions 2 to 4 are missing/ },
  },
  {
    name: "the end of a thread is missing",
    sql: "DELETE FROM messages WHERE message_id = 'm2'",
    finding: { check: "message", message: /Thread t: positions 2 to 2 are missing/ },
  },
  {
    name: "a message has no body",
    sql: "DELETE FROM content WHERE content_id = 'body:m2'",
    finding: { check: "message", message: /message m2 has no body/ },
  },
  {
    name: "a message names a run that does not exist",
    rows: say("m3", "x", { runId: "gone" }),
    finding: { check: "message", message: /message m3 names run gone/ },
  },
  {
    name: "the running turn of a thread has ended",
    sql: "UPDATE threads SET active_run_id = 'run_done'",
    finding: { check: "thread", message: /Thread t: its running turn run_done has ended/ },
  },
  {
    name: "the running turn of a thread does not exist",
    sql: "UPDATE threads SET active_run_id = 'gone'",
    finding: { check: "thread", message: /Thread t: its running turn gone does not exist/ },
  },
  {
    name: "a run that has ended waits for its turn",
    rows: [{ op: "queueOnLane", ...lane, runId: "run_done" }],
    finding: { check: "lane", message: /run run_done waits for its turn and has ended/ },
  },
  {
    name: "runs wait for nobody",
    sql: "UPDATE threads SET active_run_id = NULL",
    finding: { check: "lane", message: /Thread t: 1 runs wait for nobody/ },
  },
];

async function withStore(body: (store: Store, path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "parley-check-"));
  const path = join(folder, "parley.db");
  const store = await openSqliteStore({ path });
  try {
    await soundStore(store);
    await body(store, path);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

describe("checkStore", () => {
  for (const pageSize of [1, 2, 200]) {
    it(`finds nothing wrong with a sound store, reading pages of ${pageSize}`, () =>
      withStore(async (store) => assert.deepEqual(await checkStore(store, { pageSize }), [])));
  }

  for (const { name, rows = [], appends = [], sql, finding } of damages) {
    it(`finds that ${name}`, () =>
      withStore(async (store, path) => {
        await store.commit(aCommit({ rows, appends }));
        if (sql !== undefined) damage(path, sql);
        for (const pageSize of [1, 200]) {
          const findings = await checkStore(store, { pageSize });
          const wanted = findings.filter((each) => each.check === finding.check && finding.message.test(each.message));
          assert.equal(wanted.length, 1, JSON.stringify(findings));
        }
      }));
  }

  it("gives each whole log to the refold, and reports what that says", () =>
    withStore(async (store) => {
      const folded: Record<string, number> = {};
      const findings = await checkStore(store, {
        refold: (row, batches) => {
          folded[row.start.runId] = batches.flatMap((batch) => batch.lines).length;
          return row.start.runId === "run_m1" ? ["usage differs"] : [];
        },
      });
      assert.deepEqual(folded, { run_done: 4, run_m1: 3, run_m2: 1 });
      assert.deepEqual(findings, [{ check: "run", message: "run_m1: usage differs" }]);
    }));

  it("stops after so many findings", () =>
    withStore(async (store) => {
      await write(store, ...Array.from({ length: 9 }, (_, at) => putEffect(`lost_${at}`, { runId: "gone" })));
      const findings = await checkStore(store, { maxFindings: 4 });
      assert.equal(findings.length, 5);
      assert.match(findings[4]?.message ?? "", /stopped after 4/);
    }));

  it("reports nothing of a sound store that is at work meanwhile", async () => {
    const store = openMemoryStore({ random: seededRandom(5) });
    await soundStore(store);
    const work = async (worker: number) => {
      for (let at = 0; at < 40; at += 1) {
        const runId = `run_${worker}_${at}`;
        const begin = [
          insertRun(runId, { lastSequence: 0 }),
          putEffect(`eff_${runId}`, { runId }),
          putTimer({ runId, dueMs: 1 }),
        ];
        await store.commit(aCommit({ appends: [events(runId, 0, 1)], rows: begin }));
        const { lines } = endedLog(runId, 2);
        const patch = { status: "completed", lastSequence: 1, unfinished: false } as const;
        await store.commit(
          aCommit({
            appends: [{ stream: runId, expectedSequence: 1, lines: lines.slice(1) }],
            rows: [
              { op: "endRun", runId, interrupts: "cancelled", atMs: 1 },
              { op: "updateRun", runId, patch },
              ...say(`m_${runId}`, "x", { runId }),
            ],
          }),
        );
      }
    };
    let working = true;
    const workers = Promise.all([1, 2, 3].map(work)).finally(() => {
      working = false;
    });
    while (working) assert.deepEqual(await checkStore(store, { pageSize: 3 }), []);
    await workers;
  });
});

function damage(path: string, sql: string): void {
  const other = new DatabaseSync(path, { timeout: 1_000 });
  other.exec(sql);
  other.close();
}
