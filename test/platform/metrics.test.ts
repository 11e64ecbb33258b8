// Metrics in memory: text, bounds, and the observer that never makes a commit wait.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMemoryGauge } from "#platform/memory.ts";
import { measure, trackedRun } from "#platform/metrics/measurements.ts";
import { Observer } from "#platform/metrics/observer.ts";
import { BoundedValues, Registry } from "#platform/metrics/registry.ts";
import type { Committed, Store } from "#ports/store.ts";
import type { RunEvent } from "#protocol/events.ts";
import { aStart, eventOf } from "./run-log.ts";
import { recordingLogger } from "./support.ts";

describe("the registry's text", () => {
  it("names counters, histograms and gauges as Prometheus wants them", () => {
    const registry = new Registry();
    registry.counter("openwop.run.created", "Runs.").add({ "openwop.workflow_id": 'a"b\\c\n' }, 2);
    const histogram = registry.histogram("openwop.run.duration", "Time.", [1, 5]);
    for (const value of [0.5, 1, 3, 9]) histogram.observe({}, value);
    registry.gauge("openwop.queue.depth", "Depth.", () => [{ labels: {}, value: 7 }]);
    assert.equal(
      registry.text(),
      [
        "# HELP openwop_queue_depth Depth.",
        "# TYPE openwop_queue_depth gauge",
        "openwop_queue_depth 7",
        "# HELP openwop_run_created_total Runs.",
        "# TYPE openwop_run_created_total counter",
        'openwop_run_created_total{openwop_workflow_id="a\\"b\\\\c\\n"} 2',
        "# HELP openwop_run_duration_seconds Time.",
        "# TYPE openwop_run_duration_seconds histogram",
        'openwop_run_duration_seconds_bucket{le="1"} 2',
        'openwop_run_duration_seconds_bucket{le="5"} 3',
        'openwop_run_duration_seconds_bucket{le="+Inf"} 4',
        "openwop_run_duration_seconds_sum 13.5",
        "openwop_run_duration_seconds_count 4",
        "",
      ].join("\n"),
    );
  });

  it("keeps the first values of a label apart, and counts the others together", () => {
    const values = new BoundedValues(2);
    assert.deepEqual(
      ["a", "b", "c", "a", "d"].map((value) => values.of(value)),
      ["a", "b", "other", "a", "other"],
    );
  });
});

describe("the measurements of a run", () => {
  for (const { name, events, adds } of [
    {
      name: "a question nobody answered in time",
      events: [
        eventOf(0, "interrupt.requested", { nodeId: "a", kind: "approval" }, 2_000),
        eventOf(1, "interrupt.resolved", { nodeId: "a", outcome: "rejected", reason: "timeout" }, 5_000),
      ],
      adds: [
        { of: "interrupt.requested", kind: "approval" },
        { of: "interrupt.ended", kind: "approval", status: "timeout", durationMs: 3_000 },
      ],
    },
    {
      name: "a question that was open when the run was cancelled",
      events: [
        eventOf(0, "interrupt.requested", { nodeId: "a", kind: "approval" }, 2_000),
        eventOf(1, "run.cancelled", {}, 4_000),
      ],
      adds: [
        { of: "interrupt.requested", kind: "approval" },
        { of: "interrupt.ended", kind: "approval", status: "cancelled", durationMs: 2_000 },
        { of: "run.completed", status: "cancelled", durationMs: 3_000, decisions: 0 },
      ],
    },
    {
      name: "a node that was tried again: the length of its last attempt",
      events: [
        eventOf(0, "node.started", { nodeId: "a", typeId: "core.noop", attempt: 0 }, 2_000),
        eventOf(1, "node.retried", { nodeId: "a", attempt: 1 }, 3_000),
        eventOf(2, "node.started", { nodeId: "a", typeId: "core.noop", attempt: 1 }, 7_000),
        eventOf(3, "node.failed", { nodeId: "a", attempts: 2 }, 8_000),
      ],
      adds: [
        { of: "node.retried", nodeType: "core.noop" },
        { of: "node.completed", nodeId: "a", nodeType: "core.noop", status: "failed", durationMs: 1_000, attempt: 1 },
      ],
    },
    {
      name: "a tool that failed",
      events: [
        eventOf(0, "agent.toolCalled", { nodeId: "a", toolName: "notes.read", callId: "c" }, 2_000),
        eventOf(1, "agent.toolReturned", { nodeId: "a", toolName: "notes.read", callId: "c", status: "error" }, 2_500),
      ],
      adds: [{ of: "activity", nodeId: "a", provider: "notes.read", status: "error", durationMs: 500 }],
    },
    {
      name: "an orchestrator that decided twice",
      events: [
        eventOf(0, "runOrchestrator.decided", { agentId: "a", decision: { kind: "next-worker" } }),
        eventOf(1, "runOrchestrator.decided", { agentId: "a", decision: { kind: "terminate" } }),
        eventOf(2, "run.completed", {}, 2_000),
      ],
      adds: [
        { of: "orchestrator.decided", kind: "next-worker" },
        { of: "orchestrator.decided", kind: "terminate" },
        { of: "run.completed", status: "completed", durationMs: 1_000, decisions: 2 },
      ],
    },
    { name: "an event of another version", events: [eventOf(0, "vendor.unknown.type")], adds: [] },
  ]) {
    it(`say ${name}`, () => {
      const run = trackedRun(aStart);
      assert.deepEqual(
        events.flatMap((one) => measure(run, one)),
        adds,
      );
    });
  }
});

describe("the observer", () => {
  const { logger } = recordingLogger();
  const log = [
    eventOf(0, "run.started"),
    eventOf(1, "node.started", { nodeId: "a", typeId: "core.noop", attempt: 0 }),
    eventOf(2, "node.completed", { nodeId: "a" }, 3_000),
    eventOf(3, "run.completed", {}, 4_000),
  ];
  const linesOf = (events: readonly RunEvent[]) => events.map((one) => JSON.stringify(one));
  const appended = (from: number, to: number): Committed => ({
    commitNumber: 1,
    appends: [{ stream: "run_1", expectedSequence: from, lines: linesOf(log.slice(from, to)) }],
    rows: [],
    positions: {},
    laneNext: [],
  });

  it("counts only what happens from now on, with what the log says of before", async () => {
    let reads = 0;
    const store = {
      readRun: async () => ({ start: aStart, status: "running", lastSequence: 1, unfinished: false }),
      readLog: async () => {
        reads += 1;
        return [{ firstSequence: 0, lastSequence: 3, lines: linesOf(log) }];
      },
    } as unknown as Store;
    const seen: string[] = [];
    const done = Promise.withResolvers<void>();
    const observer = new Observer(store, logger, [
      {
        runCreated: () => seen.push("created"),
        measured(_runId, _run, measurement) {
          seen.push(measurement.of === "node.completed" ? `${measurement.of} ${measurement.nodeType}` : measurement.of);
          if (measurement.of === "run.completed") done.resolve();
        },
      },
    ]);
    observer.onCommitted(appended(2, 3));
    observer.onCommitted(appended(3, 4));
    assert.deepEqual(seen, [], "nothing is read while the commit has its turn");
    await done.promise;
    assert.deepEqual(seen, ["node.completed core.noop", "run.completed"]);
    assert.equal(reads, 1);
  });

  it("reads no log of a run that it saw from its beginning", () => {
    const store = { readRun: () => assert.fail("read"), readLog: () => assert.fail("read") } as unknown as Store;
    const seen: string[] = [];
    const observer = new Observer(store, logger, [
      { runCreated: ({ runId }) => seen.push(runId), measured: (_id, _run, { of }) => seen.push(of) },
    ]);
    const run = { start: aStart, status: "completed", lastSequence: 3, unfinished: false } as const;
    observer.onCommitted({ ...appended(0, 4), rows: [{ op: "insertRun", run }] });
    assert.deepEqual(seen, ["run_1", "run.started", "node.completed", "run.completed"]);
  });
});

describe("the memory gauge", () => {
  it("is high above 85 percent, and looks at most ten times a second", () => {
    let nowMs = 0;
    let used = 80;
    let looks = 0;
    const isHigh = createMemoryGauge(
      () => nowMs,
      () => {
        looks += 1;
        return { used, limit: 100 };
      },
    );
    assert.equal(isHigh(), false);
    used = 90;
    assert.equal(isHigh(), false, "sampled a moment ago");
    nowMs = 100;
    assert.equal(isHigh(), true);
    assert.equal(looks, 2);
  });
});
