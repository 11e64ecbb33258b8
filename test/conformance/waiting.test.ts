// Runs that wait: what each kind of question shows, in which order its events stand, and what its answer becomes
// (runs.md §4.1, §6.1, §6.5; interrupts-conversations.md §1, §6).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { LoggedEvent } from "../support/client.ts";
import { type NodeSpec, workflow } from "../support/definitions.ts";
import { waitingRun } from "../support/questions.ts";
import { conforms } from "../support/schemas.ts";
import { useDaemon } from "../support/suite.ts";

const host = useDaemon();

interface Kind {
  kind: string;
  node: Omit<NodeSpec, "id">;
  status: string;
  reason?: string;
  /** Members of the question's data: exactly these. */
  data: string[];
  answer: unknown;
  /** What the node hands on as `output`. */
  output: unknown;
  asked: string[];
  resolved: string[];
}

const ask = (kind: string, data: object) => ({ typeId: "core.interrupt", config: { kind, data } });
const unsure = { agentId: "a.b.c", threshold: 0.7, observed: 0.2 };

const kinds: Kind[] = [
  {
    kind: "approval",
    node: { typeId: "core.approvalGate", config: { title: "Good?", actions: ["accept", "reject"] } },
    status: "waiting-approval",
    data: ["actions", "artifactData", "artifactId", "artifactType", "title"],
    answer: { action: "accept" },
    output: { action: "accept" },
    asked: ["node.suspended", "interrupt.requested", "approval.requested"],
    resolved: ["approval.received", "interrupt.resolved", "node.resumed", "node.completed"],
  },
  {
    kind: "clarification",
    node: { typeId: "core.clarificationGate", config: { questions: [{ id: "q", question: "Which?" }] } },
    status: "waiting-input",
    data: ["questions"],
    answer: { answers: [{ id: "q", answer: "this" }] },
    output: { q: "this" },
    asked: ["node.suspended", "interrupt.requested", "clarification.requested"],
    resolved: ["clarification.resolved", "interrupt.resolved", "node.resumed", "node.completed"],
  },
  {
    kind: "external-event",
    node: ask("external-event", { eventType: "paid", correlation: { order: 7 } }),
    status: "waiting-external",
    data: ["correlation", "eventType"],
    answer: { order: 7, amount: 12 },
    output: { order: 7, amount: 12 },
    asked: ["node.suspended", "interrupt.requested"],
    resolved: ["interrupt.resolved", "node.resumed", "node.completed"],
  },
  {
    kind: "custom",
    node: ask("custom", { customKind: "riddle", payload: { text: "?" } }),
    status: "waiting-input",
    data: ["customKind", "payload"],
    answer: ["anything", { at: "all" }],
    output: ["anything", { at: "all" }],
    asked: ["node.suspended", "interrupt.requested"],
    resolved: ["interrupt.resolved", "node.resumed", "node.completed"],
  },
  {
    kind: "low-confidence",
    node: ask("low-confidence", unsure),
    status: "waiting-approval",
    reason: "low-confidence",
    data: ["agentId", "observed", "threshold"],
    answer: { kind: "terminate" },
    output: { kind: "terminate" },
    asked: ["node.suspended", "interrupt.requested"],
    resolved: ["interrupt.resolved", "node.resumed", "node.completed"],
  },
];

const definitionOf = ({ kind, node }: Kind) =>
  workflow(`conformance-waits-for-${kind}`, { nodes: [{ id: "ask", ...node }] });
const typesOf = (log: readonly LoggedEvent[]) => log.map(({ type }) => type);

describe("a run that waits", () => {
  before(async () => {
    for (const one of kinds) await host.client.register(definitionOf(one));
  });

  for (const one of kinds) {
    it(`for ${one.kind} is ${one.status}; its question has the shape of its kind`, async () => {
      const runId = await waitingRun(host.client, definitionOf(one).id);
      const { status, currentNodeId, interrupt } = await host.client.snapshot(runId);
      assert.deepEqual([status, currentNodeId], [one.status, "ask"]);
      assert.deepEqual([interrupt.kind, interrupt.nodeId], [one.kind, "ask"]);
      const log = await host.client.log(runId);
      const asked = log.find(({ type }) => type === "interrupt.requested") as LoggedEvent;
      const suspended = log.find(({ type }) => type === "node.suspended") as LoggedEvent;
      conforms("suspend-request", asked.payload);
      assert.deepEqual(Object.keys(asked.payload).sort(), ["data", "key", "kind"], "the payload, and no ids beside it");
      assert.deepEqual(Object.keys(asked.payload.data).sort(), one.data);
      assert.equal(asked.causationId, suspended.eventId);
      assert.deepEqual(
        [suspended.payload.kind, suspended.payload.key, suspended.payload.reason],
        [one.kind, asked.payload.key, one.reason],
      );
      assert.equal(suspended.payload.interruptId, interrupt.interruptId);
    });

    it(`for ${one.kind} writes its events in the contract's order, and hands on the answer`, async () => {
      const runId = await waitingRun(host.client, definitionOf(one).id);
      assert.deepEqual(typesOf(await host.client.log(runId)), ["run.started", "node.started", ...one.asked]);
      assert.equal((await host.client.answer(runId, "ask", one.answer)).status, 200);
      assert.equal(await host.client.ended(runId), "completed");
      const log = await host.client.log(runId);
      assert.deepEqual(typesOf(log).slice(2), [...one.asked, ...one.resolved, "run.completed"]);
      const { output } = log.find(({ type }) => type === "node.completed")?.payload.outputs ?? {};
      if (one.kind === "approval") assert.equal(output.action, "accept");
      else assert.deepEqual(output, one.output);
      const resumed = log.find(({ type }) => type === "node.resumed");
      const told = one.kind === "clarification" ? { answers: output } : output;
      assert.deepEqual(resumed?.payload.resumeValue, told, "the answer reaches the node by node.resumed");
      const ids = log
        .filter(({ type }) => /^(node\.suspended|interrupt\.resolved|node\.resumed)$/.test(type))
        .map(({ payload }) => payload.interruptId);
      assert.equal(new Set(ids).size, 1);
    });
  }

  it("goes on being running while another branch of it works", async () => {
    const definition = workflow("conformance-waits-and-works", {
      nodes: [
        { id: "ask", typeId: "core.approvalGate" },
        { id: "work", typeId: "core.delay", config: { delayMs: 20_000 } },
      ],
    });
    await host.client.register(definition);
    const runId = await host.client.createRun(definition.id);
    const stream = await host.client.events(runId, "?streamMode=debug");
    await stream.until(({ event }) => event === "interrupt.requested");
    stream.close();
    assert.equal((await host.client.snapshot(runId)).status, "running");
    await host.client.post(`/v1/runs/${runId}/cancel`);
  });
});
