// The spans of a run, made of its log.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunFacts } from "#platform/telemetry/run-attributes.ts";
import { spansOf } from "#platform/telemetry/run-spans.ts";
import type { Span } from "#platform/telemetry/span.ts";
import type { RunStart } from "#ports/rows.ts";
import { childTrace, runSpanId } from "#protocol/trace.ts";
import { aStart, logOf, type Told } from "./run-log.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

const start: RunStart = { ...aStart, trace: { traceId: TRACE_ID, parentSpanId: PARENT, sampled: true } };
const facts: RunFacts = { start, protocolVersion: "1.1", complianceClass: "public", piiPresent: false };

function named(spans: readonly Span[], name: string): Span {
  const found = spans.filter((span) => span.name === name);
  assert.equal(found.length, 1, `${name} among ${spans.map((span) => span.name)}`);
  return found[0] as Span;
}

const began = (nodeId: string, atMs: number, attempt = 0): Told => [
  "node.started",
  { nodeId, typeId: "core.delay", attempt },
  atMs,
];

describe("the spans of a run", () => {
  it("begin with the run, under the caller's span, and end with it", () => {
    const run = named(spansOf(facts, logOf(["run.started"], ["run.completed", {}, 5_000])), "openwop.run");
    assert.deepEqual(
      { traceId: run.traceId, parent: run.parentSpanId, startMs: run.startMs, endMs: run.endMs, error: run.error },
      { traceId: TRACE_ID, parent: PARENT, startMs: 2_000, endMs: 5_000, error: undefined },
    );
    assert.equal(run.attributes["openwop.run_id"], "run_1");
    assert.equal(run.attributes["openwop.workflow_id"], "demo");
    assert.equal(run.attributes["openwop.protocol_version"], "1.1");
  });

  it("hold one append per event, in the span it happened in", () => {
    const spans = spansOf(facts, logOf(["run.started"], began("a", 2_000), ["node.completed", { nodeId: "a" }]));
    const appends = spans.filter((span) => span.name === "openwop.event.append");
    assert.deepEqual(
      appends.map((span) => [span.attributes["openwop.event_type"], span.attributes["openwop.event_seq"]]),
      [
        ["run.started", 0],
        ["node.started", 1],
        ["node.completed", 2],
      ],
    );
    const attempt = named(spans, "openwop.node.core.delay.attempt");
    assert.deepEqual(
      appends.map((span) => span.parentSpanId),
      [runSpanId("run_1"), attempt.spanId, attempt.spanId],
    );
  });

  it("hold a span per attempt inside of the node's", () => {
    const retried: Told = ["node.retried", { nodeId: "a", attempt: 1, lastError: { code: "effect_failed" } }, 3_000];
    const log = logOf(["run.started"], began("a", 2_000), retried, began("a", 4_000, 1), [
      "node.completed",
      { nodeId: "a" },
      6_000,
    ]);
    const spans = spansOf(facts, log);
    const node = named(spans, "openwop.node.core.delay");
    const attempts = spans.filter((span) => span.name === "openwop.node.core.delay.attempt");
    assert.deepEqual(
      attempts.map((span) => [span.startMs, span.endMs, span.error, span.parentSpanId]),
      [
        [2_000, 3_000, "effect_failed", node.spanId],
        [4_000, 6_000, undefined, node.spanId],
      ],
    );
    assert.deepEqual([node.parentSpanId, node.startMs, node.endMs], [runSpanId("run_1"), 2_000, 6_000]);
    assert.deepEqual(
      attempts.map((span) => span.attributes["openwop.node_attempt"]),
      [0, 1],
    );
    for (const name of ["openwop.node_id", "openwop.node_type", "openwop.event_seq"])
      assert.ok(name in node.attributes);
  });

  it("hold a node anew for each execution of a loop", () => {
    const once: Told[] = [began("a", 2_000), ["node.completed", { nodeId: "a" }, 3_000]];
    const spans = spansOf(facts, logOf(["run.started"], ...once, ...once));
    const nodes = spans.filter((span) => span.name === "openwop.node.core.delay");
    assert.equal(new Set(nodes.map((span) => span.spanId)).size, 2);
  });

  it("hold a question from its asking to its answer", () => {
    const asked: Told = ["node.suspended", { nodeId: "a", interruptId: "int_1", kind: "approval", key: "k" }, 3_000];
    const spans = spansOf(
      facts,
      logOf(["run.started"], began("a", 2_000), asked, ["node.resumed", { nodeId: "a" }, 9_000]),
    );
    const question = named(spans, "openwop.interrupt");
    assert.deepEqual([question.startMs, question.endMs], [3_000, 9_000]);
    assert.equal(question.parentSpanId, named(spans, "openwop.node.core.delay").spanId);
    assert.equal(question.attributes["openwop.interrupt_kind"], "approval");
    assert.equal(question.attributes["openwop.interrupt_id"], "int_1");
    assert.equal(question.attributes["openwop.interrupt_count"], 1);
  });

  it("name the bound that was broken", () => {
    const breach: Told = ["cap.breached", { kind: "run-duration", limit: 1, observed: 2 }];
    const failed: Told = ["run.failed", { error: { code: "run_timeout", message: "It took too long." } }];
    const run = named(spansOf(facts, logOf(["run.started"], breach, failed)), "openwop.run");
    assert.equal(run.attributes["openwop.cap_kind"], "run-duration");
    assert.equal(run.attributes["openwop.cap_limit"], 1);
    assert.equal(run.attributes["openwop.cap_observed"], 2);
    assert.equal(run.error, "run_timeout");
  });

  it("hold calls to models and tools with what they cost", () => {
    const usage = {
      nodeId: "a",
      provider: "openai",
      model: "m",
      inputTokens: 3,
      outputTokens: 4,
      costEstimateUsd: 0.5,
    };
    const called = { nodeId: "a", agentId: "agent", toolName: "notes.read", callId: "c1" };
    const log = logOf(
      ["run.started"],
      began("a", 2_000),
      ["provider.usage", usage, 4_000],
      ["agent.toolCalled", called, 5_000],
      ["agent.toolReturned", { ...called, status: "error" }, 6_000],
      ["provider.usage", usage, 7_000],
    );
    const spans = spansOf(facts, log);
    const calls = spans.filter((span) => span.name === "openwop.activity.openai");
    assert.deepEqual(
      calls.map((span) => [span.startMs, span.endMs, span.kind]),
      [
        [2_000, 4_000, "client"],
        [6_000, 7_000, "client"],
      ],
    );
    assert.equal(calls[0]?.attributes["openwop.cost.tokens.total"], 7);
    assert.equal(named(spans, "openwop.activity.notes.read").error, "error");
    const node = named(spans, "openwop.node.core.delay");
    assert.equal(node.attributes["openwop.cost.tokens.input"], 6);
    assert.equal(node.attributes["openwop.cost.usd"], 1);
    assert.equal(node.attributes["openwop.cost.estimated"], true);
  });

  it("of a child name the node that started it, in the same trace", () => {
    const parent = { runId: "run_0", nodeId: "call", attempt: 0, ordinal: 0, depth: 1 };
    const trace = childTrace({ runId: "run_0", trace: { traceId: TRACE_ID } }, "call", 0);
    const child = { ...start, parent, trace } as RunStart;
    const run = named(
      spansOf({ ...facts, start: child, parentWorkflowId: "above" }, logOf(["run.started"])),
      "openwop.run",
    );
    assert.equal(run.traceId, TRACE_ID);
    assert.equal(run.parentSpanId, trace.parentSpanId);
    assert.equal(run.attributes["openwop.parent.run_id"], "run_0");
    assert.equal(run.attributes["openwop.parent.node_id"], "call");
    assert.equal(run.attributes["openwop.parent.workflow_id"], "above");
  });

  it("of a fork are linked to its source, and say from where it goes on", () => {
    const source: RunStart = { ...start, runId: "run_0" };
    const { trace: _own, ...rest } = start;
    const fork = { sourceRunId: "run_0", fromSeq: 3, mode: "branch", throughSeq: 9, by: "operator" } as const;
    const run = named(spansOf({ ...facts, start: { ...rest, fork }, source }, logOf(["run.started"])), "openwop.run");
    assert.equal(run.parentSpanId, undefined);
    assert.deepEqual(run.links, [{ traceId: TRACE_ID, spanId: runSpanId("run_0"), attributes: {} }]);
    assert.equal(run.attributes["openwop.replay.source_run_id"], "run_0");
    assert.equal(run.attributes["openwop.replay.from_seq"], 3);
    assert.equal(run.attributes["openwop.replay.mode"], "branch");
    assert.deepEqual(run.events[0]?.attributes, { runId: "run_1", sourceRunId: "run_0", fromSeq: 3, mode: "branch" });
  });

  it("hold nothing of what a payload says", () => {
    const canary = "CANARY-text";
    const log = logOf(
      ["run.started", { inputs: { canary } }],
      began("a", 2_000),
      ["variable.changed", { name: canary, next: canary }],
      ["node.failed", { nodeId: "a", error: { code: "model_failed", message: canary } }],
      ["run.failed", { error: { code: "model_failed", message: canary } }],
    );
    assert.doesNotMatch(JSON.stringify(spansOf(facts, log)), /CANARY/);
  });

  it("are the same whenever they are made", () => {
    const log = logOf(["run.started"], began("a", 2_000), ["node.completed", { nodeId: "a" }], ["run.completed"]);
    assert.deepEqual(spansOf(facts, log), spansOf(facts, log));
  });
});
