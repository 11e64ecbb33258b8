// Streams of runs between backlog and live, in the mode `values`: how often the log is read, and that no order of reads
// loses or repeats a snapshot (Z2).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { createRun } from "#app/create-run.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import { RunStreams } from "#http/run-streams.ts";
import type { SnapshotSource } from "#http/snapshots.ts";
import type { SseConnection } from "#http/sse.ts";
import type { LogBatch, Store } from "#ports/store.ts";
import { Feed } from "#runtime/feed.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { workflow } from "../support/definitions.ts";
import { openHost } from "../support/host.ts";

const RUN = "run_streamed";

/** The log of a run of two steps, and what its snapshots are made of. */
let lines: string[];
let source: SnapshotSource;
/** Sequences of the events behind which there is a snapshot. */
let withSnapshot: number[];

before(async () => {
  const store = openMemoryStore({ random: () => 0, maxTurns: 0 });
  const host = await openHost(store);
  const nodes = ["a", "b"].map((id) => ({ id, typeId: "core.noop" }));
  await seedWorkflow(host.app, "default", workflow("two", { nodes }) as never, "api");
  const { runId } = JSON.parse((await createRun(host.app, host.call, { workflowId: "two" })).body) as { runId: string };
  const start = (await store.readRun(runId))?.start;
  assert.ok(start);
  const graph = await host.app.graphs.load(start.definitionHash);
  source = { open: async () => ({ start, graph }) };
  lines = (await store.readLog(runId, 0)).flatMap((batch) => batch.lines);
  await host.stop();
  const whole = await world(lines.length).follow().frames();
  withSnapshot = whole.map(({ atSeq }) => atSeq);
  assert.ok(withSnapshot.length >= 4, "the run has enough snapshots for these tests");
});

interface SnapshotFrame {
  atSeq: number;
  status: string;
}

/** A run whose log has `written` events; `answers` decides what reads of it come to, else they tell what is written. */
function world(written: number, answers: ((upTo: () => number) => Promise<number>)[] = []) {
  const feed = new Feed();
  let length = written;
  const reads: number[] = [];
  const store: Pick<Store, "readLog"> = {
    async readLog(_runId, from) {
      reads.push(from);
      const upTo = await (answers.shift()?.(() => length) ?? length);
      const batch: LogBatch = { firstSequence: from, lastSequence: upTo - 1, lines: lines.slice(from, upTo) };
      return upTo > from ? [batch] : [];
    },
  };
  const streams = new RunStreams(feed, store as Store, source);
  return {
    reads,
    /** One more event is committed, and heard. */
    write() {
      const line = lines[length] as string;
      length += 1;
      feed.onCommitted({
        commitNumber: length,
        appends: [{ stream: RUN, expectedSequence: length - 1, lines: [line] }],
        rows: [],
        positions: {},
        laneNext: [],
      });
    },
    follow(after?: number) {
      const { connection, text } = recorder();
      const joined = streams.subscribe({ runId: RUN, modes: ["values"], bufferMs: 0, after }, connection);
      return {
        joined,
        /** The snapshots that came so far. */
        async frames(): Promise<SnapshotFrame[]> {
          await joined;
          const frames = text().split("\n\n").filter(Boolean);
          return frames.map((frame) => JSON.parse(frame.slice(frame.indexOf("data: ") + 6)).payload);
        },
      };
    },
  };
}

function recorder(): { connection: SseConnection; text: () => string } {
  let text = "";
  let ended = false;
  const connection = {
    begin: () => undefined,
    write(piece: string | Buffer) {
      text += String(piece);
    },
    drained: async () => undefined,
    end(piece = "") {
      text += piece;
      ended = true;
    },
    get ended() {
      return ended;
    },
  };
  return { connection: connection as unknown as SseConnection, text: () => text };
}

const positions = (frames: SnapshotFrame[]) => frames.map(({ atSeq }) => atSeq);

describe("a stream of snapshots", () => {
  it("reads the log once for its first reader, and goes on from there", async () => {
    const run = world(2);
    const reader = run.follow();
    await reader.joined;
    for (let at = 2; at < lines.length; at += 1) run.write();
    assert.deepEqual(positions(await reader.frames()), withSnapshot);
    assert.deepEqual(run.reads, [0]);
  });

  it("tells what is committed while the log is read", async () => {
    const gate = Promise.withResolvers<void>();
    const run = world(2, [
      async (upTo) => {
        const seen = upTo();
        await gate.promise;
        return seen;
      },
    ]);
    const reader = run.follow();
    // The read has begun.
    while (run.reads.length === 0) await Promise.resolve();
    for (let at = 2; at < lines.length; at += 1) run.write();
    gate.resolve();
    assert.deepEqual(positions(await reader.frames()), withSnapshot);
  });

  it("loses nothing for a reader whose read was overtaken by that of another", async () => {
    const gate = Promise.withResolvers<void>();
    const run = world(1, [
      async (upTo) => {
        const seen = upTo();
        await gate.promise;
        return seen;
      },
    ]);
    const overtaken = run.follow();
    while (run.reads.length === 0) await Promise.resolve();
    for (let at = 1; at < lines.length - 1; at += 1) run.write();
    const other = run.follow();
    await other.joined;
    gate.resolve();
    await overtaken.joined;
    run.write();
    assert.deepEqual(positions(await overtaken.frames()), withSnapshot);
    assert.deepEqual(positions(await other.frames()), withSnapshot);
  });

  it("that is resumed begins with the run as it was at that event", async () => {
    const last = lines.length - 1;
    for (let after = 0; after <= last; after += 1) {
      const frames = await world(lines.length).follow(after).frames();
      assert.equal(frames[0]?.status, after === last ? "completed" : "running", `after ${after}`);
      assert.deepEqual(positions(frames), [after, ...withSnapshot.filter((position) => position > after)]);
    }
  });

  it("that is resumed ahead of the log begins with the run as it is", async () => {
    assert.deepEqual(positions(await world(3).follow(1_000).frames()), [2]);
  });
});
