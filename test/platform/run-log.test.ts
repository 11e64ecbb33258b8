import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventPages, type LogRange, linePages, linesAfter } from "#platform/run-log.ts";
import type { LogBatch, Store } from "#ports/store.ts";

/** A log of batches with so many events; `reads` are the first sequences that were asked for. */
function logOf(sizes: number[]): { store: Pick<Store, "readLog">; reads: number[] } {
  let next = 0;
  const batches = sizes.map((size): LogBatch => {
    const firstSequence = next;
    next += size;
    const lines = Array.from({ length: size }, (_, at) => JSON.stringify({ sequence: firstSequence + at }));
    return { firstSequence, lastSequence: next - 1, lines };
  });
  const reads: number[] = [];
  const readLog: Store["readLog"] = async (_runId, from, limit = Number.POSITIVE_INFINITY) => {
    reads.push(from);
    const found: LogBatch[] = [];
    let events = 0;
    for (const batch of batches.filter(({ lastSequence }) => lastSequence >= from)) {
      if (events >= limit) break;
      found.push(batch);
      events += batch.lastSequence - Math.max(batch.firstSequence, from) + 1;
    }
    return found;
  };
  return { store: { readLog }, reads };
}

async function sequencesOf(store: Pick<Store, "readLog">, range: LogRange, maxPerPage: number): Promise<number[][]> {
  const pages: number[][] = [];
  for await (const page of eventPages(store, "run_1", range, maxPerPage)) pages.push(page.map((one) => one.sequence));
  return pages;
}

describe("the log of a run, read in pages", () => {
  const cases: { name: string; sizes: number[]; range: LogRange; pages: number[][]; reads: number[] }[] = [
    { name: "no log", sizes: [], range: { from: 0 }, pages: [], reads: [0] },
    { name: "less than a page", sizes: [1, 1], range: { from: 0 }, pages: [[0, 1]], reads: [0] },
    { name: "a page to the dot", sizes: [3], range: { from: 0 }, pages: [[0, 1, 2]], reads: [0, 3] },
    {
      name: "batches that do not fit into pages",
      sizes: [2, 2, 2],
      range: { from: 0 },
      pages: [[0, 1, 2], [3], [4, 5]],
      reads: [0, 4],
    },
    {
      name: "a batch longer than a page",
      sizes: [8],
      range: { from: 0 },
      pages: [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7],
      ],
      reads: [0, 8],
    },
    { name: "a start within a batch", sizes: [2, 3], range: { from: 3 }, pages: [[3, 4]], reads: [3] },
    {
      name: "an end within a batch",
      sizes: [2, 3, 1],
      range: { from: 1, through: 3 },
      pages: [[1, 2, 3]],
      reads: [1],
    },
    { name: "one event", sizes: [5], range: { from: 2, through: 2 }, pages: [[2]], reads: [2] },
    { name: "an end behind the log", sizes: [2], range: { from: 0, through: 9 }, pages: [[0, 1]], reads: [0] },
    { name: "a start behind the log", sizes: [2], range: { from: 2 }, pages: [], reads: [2] },
    { name: "an empty range", sizes: [2], range: { from: 0, through: -1 }, pages: [], reads: [] },
  ];
  for (const { name, sizes, range, pages, reads } of cases) {
    it(`gives each event of the range once, in order, in pages of three at most: ${name} (L1)`, async () => {
      const log = logOf(sizes);
      assert.deepEqual(await sequencesOf(log.store, range, 3), pages);
      assert.deepEqual(log.reads, reads);
    });
  }

  it("is not read on when its reader stops (L2)", async () => {
    const log = logOf([3, 3, 3]);
    for await (const page of linePages(log.store, "run_1", { from: 0 }, 3)) {
      assert.deepEqual(page, ['{"sequence":0}', '{"sequence":1}', '{"sequence":2}']);
      break;
    }
    assert.deepEqual(log.reads, [0]);
  });
});

describe("lines after a sequence", () => {
  it("leave out what their first batch holds before it", async () => {
    const batches = await logOf([3, 2]).store.readLog("run_1", 1);
    assert.deepEqual(linesAfter(batches, 1), ['{"sequence":2}', '{"sequence":3}', '{"sequence":4}']);
  });
});
