// A store that has seen a lot: creation beside a daemon with an empty one, and pages of lists deep within a million runs.
//
//   The runs are copies of one that the daemon itself wrote, put into its database while it is at rest.

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createIds } from "#platform/ids.ts";
import { request } from "#test/support/http.ts";
import { type Figure, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { type Server, startHost } from "../servers.ts";
import { median, quantile } from "../stats.ts";
import { measure, taken } from "../tool.ts";

const MAX_SLOWER = 1.2;
const MAX_PAGE_MS = 10;
const PAGE = 50;
/** Pages read per filter, one after the other by their cursors. */
const PAGES = 200;
const STATUSES = ["completed", "completed", "completed", "failed", "cancelled"];
const TAG_EVERY = 10;

export async function millionLeg(options: BenchOptions, say: (line: string) => void): Promise<Figure[]> {
  const home = mkdtempSync(path.join(os.tmpdir(), "parley-bench-million-"));
  try {
    const startedMs = performance.now();
    await seed(home, options.seededRuns);
    say(`${options.seededRuns} runs seeded in ${rounded((performance.now() - startedMs) / 1_000, 1)} s`);
    const full = await startHost({ home });
    const empty = await startHost();
    try {
      return [await creation(full, empty, options), await lists(full, empty, options)];
    } finally {
      await Promise.all([full.stop(), empty.stop()]);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function seed(home: string, count: number): Promise<void> {
  const host = await startHost({ home });
  const headers = { authorization: `Bearer ${host.key}` };
  const body = { workflowId: "conformance-noop", tags: ["seeded"] };
  const { body: created } = await request("POST", `${host.url}/v1/runs`, { headers, body });
  await host.stop();
  const database = new DatabaseSync(path.join(home, "data/parley.db"));
  try {
    copyRun(database, created.runId as string, count);
  } finally {
    database.close();
  }
}

/** The run, its log and its commit, `count` times under new ids, one a second from the past until now. */
function copyRun(database: DatabaseSync, runId: string, count: number): void {
  database.exec("PRAGMA synchronous = OFF; BEGIN");
  const run = database.prepare("SELECT * FROM runs WHERE run_id = ?").get(runId) as Record<string, string | number>;
  const log = database.prepare("SELECT * FROM log WHERE stream = ?").get(runId) as Record<string, string | number>;
  const { no: firstNumber } = database.prepare("SELECT max(no) AS no FROM commits").get() as { no: number };
  const names = Object.keys(run);
  const insertRun = database.prepare(
    `INSERT INTO runs (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
  );
  const insertLog = database.prepare(
    "INSERT INTO log (stream, first_seq, last_seq, commit_no, lines) VALUES (?, ?, ?, ?, ?)",
  );
  const insertCommit = database.prepare("INSERT INTO commits (no, id, at_ms) VALUES (?, ?, ?)");
  const insertTag = database.prepare("INSERT INTO run_tags (tenant_id, tag, run_id) VALUES (?, ?, ?)");
  let nowMs = Date.now() - count * 1_000;
  const ids = createIds({ nowMs: () => nowMs });
  for (let at = 0; at < count; at += 1) {
    nowMs += 1_000;
    const id = ids.next("run");
    const status = STATUSES[at % STATUSES.length] as string;
    const row = { ...run, run_id: id, status, start: String(run.start).replaceAll(runId, id) };
    insertRun.run(...names.map((name) => (row as Record<string, string | number>)[name] ?? null));
    insertLog.run(
      id,
      log.first_seq ?? 0,
      log.last_seq ?? 0,
      firstNumber + 1 + at,
      String(log.lines).replaceAll(runId, id),
    );
    insertCommit.run(firstNumber + 1 + at, ids.next("cmt"), nowMs);
    if (at % TAG_EVERY === 0) insertTag.run("default", "seeded", id);
  }
  database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
}

async function creation(full: Server, empty: Server, options: BenchOptions): Promise<Figure> {
  const settings = {
    legs: "runs",
    n: Math.min(options.n, 2_000),
    concurrency: options.concurrency,
    repeat: 1,
    warmup: 500,
  };
  const leg = async (server: Server) => taken((await measure(server, settings)).legs.runs, server);
  const rounds: { full: number; empty: number; fullAlone: number; emptyAlone: number }[] = [];
  for (let at = 0; at < options.rounds; at += 1) {
    const [theirs, ours] = [await leg(empty), await leg(full)];
    rounds.push({
      full: ours.per_second,
      empty: theirs.per_second,
      fullAlone: ours.one_at_a_time_ms.p50,
      emptyAlone: theirs.one_at_a_time_ms.p50,
    });
  }
  const slower = median(rounds.map((round) => round.empty / round.full));
  const slowerAlone = median(rounds.map((round) => round.fullAlone / round.emptyAlone));
  return {
    leg: "million",
    name: `noop runs at ${options.concurrency} in flight among ${options.seededRuns}`,
    unit: "runs/s",
    parley: rounded(median(rounds.map((round) => round.full)), 0),
    baseline: { name: "empty store", value: rounded(median(rounds.map((round) => round.empty)), 0) },
    compared: { name: `times slower (alone: ${rounded(slowerAlone, 2)})`, value: rounded(slower, 2) },
    bar: {
      text: `<= ${MAX_SLOWER} times slower, also alone`,
      holds: slower <= MAX_SLOWER && slowerAlone <= MAX_SLOWER,
    },
    details: { rounds },
  };
}

const filters = ["", "&status=completed", "&status=failed", "&workflowId=conformance-noop", "&tag=seeded"];

async function lists(full: Server, empty: Server, options: BenchOptions): Promise<Figure> {
  const took = await pagesOf(full, PAGES);
  const short = await pagesOf(empty, PAGES / 10);
  const p95 = quantile(took, 0.95);
  return {
    leg: "million",
    name: `a page of ${PAGE} runs among ${options.seededRuns}, all filters, p95`,
    unit: "ms",
    parley: rounded(p95, 2),
    baseline: { name: "a short list, p95", value: rounded(quantile(short, 0.95), 2) },
    bar: { text: `<= ${MAX_PAGE_MS} ms`, holds: p95 <= MAX_PAGE_MS },
    details: { p50: median(took), pages: took.length },
  };
}

async function pagesOf(server: Server, pages: number): Promise<number[]> {
  const took: number[] = [];
  const headers = { authorization: `Bearer ${server.key}` };
  for (const filter of filters) {
    let cursor = "";
    for (let at = 0; at < pages; at += 1) {
      const startedMs = performance.now();
      const { status, body } = await request("GET", `${server.url}/v1/runs?limit=${PAGE}${filter}${cursor}`, {
        headers,
      });
      took.push(performance.now() - startedMs);
      if (status !== 200) throw new Error(`a list was refused with ${status}`);
      if (body.nextCursor === undefined) break;
      cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
    }
  }
  return took;
}
