// What one durable commit costs on this disk, without parley: the unit in which the alone latency is judged.

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { median } from "./stats.ts";

const WARM_UP = 50;
const COMMITS = 400;
/** About the size of the batch of a noop run. */
const ROW_BYTES = 1_500;

/** Median milliseconds of one row in one transaction: WAL, synchronous=FULL, in the folder where homes are made. */
export function rawCommitMs(): number {
  const folder = mkdtempSync(path.join(os.tmpdir(), "parley-bench-raw-"));
  const database = new DatabaseSync(path.join(folder, "raw.db"));
  try {
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)",
    );
    const insert = database.prepare("INSERT INTO t (body) VALUES (?)");
    const body = "x".repeat(ROW_BYTES);
    const took: number[] = [];
    for (let at = 0; at < WARM_UP + COMMITS; at += 1) {
      const startedMs = performance.now();
      database.exec("BEGIN IMMEDIATE");
      insert.run(body);
      database.exec("COMMIT");
      if (at >= WARM_UP) took.push(performance.now() - startedMs);
    }
    return median(took);
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
