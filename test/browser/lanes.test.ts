import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject, RunEvent } from "../../console/src/api/types.ts";
import type { FollowedRun } from "../../console/src/runs/followed-run.ts";
import { timelineOf } from "../../console/src/runs/lanes.ts";

const START = Date.parse("2026-03-01T10:00:00Z");

/** A run that goes on, of events at these milliseconds after its start. */
function runOf(...told: readonly [atMs: number, type: string, nodeId: string, payload?: JsonObject][]): FollowedRun {
  const events = told.map(
    ([atMs, type, nodeId, payload = {}], sequence): RunEvent => ({
      eventId: `event-${sequence}`,
      runId: "run-1",
      sequence,
      type,
      nodeId,
      timestamp: new Date(START + atMs).toISOString(),
      payload,
    }),
  );
  return { run: { runId: "run-1", workflowId: "plan", status: "running" }, events, depth: 0 };
}

/** The bars of the only lane, 1 s after the start: "working 0-100". */
function barsOf(run: FollowedRun): string[] {
  const { lanes } = timelineOf([run], [], START + 1_000);
  assert.equal(lanes.length, 1);
  return (lanes[0]?.bars ?? []).map((bar) => `${bar.kind} ${bar.fromMs}-${bar.toMs}`);
}

const chain = (phase: string): JsonObject => ({ phase, workerId: "agent-scribe" });

describe("the timeline of a run", () => {
  it("shows a dispatch as waiting for the run that it started, whatever that one tells meanwhile", () => {
    const run = runOf(
      [0, "node.started", "dispatch"],
      [10, "core.workflowChain.event", "dispatch", chain("dispatch.began")],
      [20, "core.workflowChain.event", "dispatch", chain("dispatch.succeeded")],
      [50, "parley.child.status-changed", "dispatch", { status: "waiting-approval" }],
    );
    assert.deepEqual(barsOf(run), ["working 0-10", "waiting 10-1000"]);
  });

  it("shows an agent that delegates as waiting until it goes on by itself", () => {
    const run = runOf(
      [0, "node.started", "turn"],
      [10, "node.dispatched", "turn", { childWorkflowId: "agent-chief" }],
      [20, "parley.child.status-changed", "turn", { status: "waiting-approval" }],
      [400, "agent.toolReturned", "turn"],
    );
    assert.deepEqual(barsOf(run), ["working 0-10", "waiting 10-400", "working 400-1000"]);
  });

  it("shows a question to a person as waiting, and ends a bar with its node", () => {
    const run = runOf(
      [0, "node.started", "gate"],
      [5, "node.suspended", "gate", { kind: "approval" }],
      [300, "node.resumed", "gate"],
      [310, "node.completed", "gate"],
    );
    assert.deepEqual(barsOf(run), ["working 0-5", "waiting 5-300", "working 300-310"]);
  });
});
