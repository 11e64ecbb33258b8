// What can be said to an approval besides yes: send it back, edit it, ask back, refuse it, hand it on, stop the run
// (interrupts-conversations.md §2, §10; docs/adr/0013).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused, type Client, type LoggedEvent } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { accept, answerByToken, tokenOf, waitingRun } from "../support/questions.ts";
import { conforms } from "../support/schemas.ts";
import { useDaemon } from "../support/suite.ts";

const host = useDaemon();

const draft = { id: "draft", typeId: "core.identity" };
const gateOf = (config: object) => ({ id: "gate", typeId: "core.approvalGate", config });
const only = (id: string, config: object) => workflow(id, { nodes: [gateOf(config)] });
const edges = [
  { from: "draft", to: "gate" },
  { from: "gate", to: "draft" },
];

const refining = workflow("conformance-sent-back", {
  nodes: [draft, gateOf({ title: "Good?", actions: ["accept", "reject", "refine"] })],
  edges,
  more: { channels: { feedback: { reducer: "feedback" } } },
});
const bounded = workflow("conformance-approval-bounded", {
  nodes: [draft, gateOf({ actions: ["accept", "refine", "ask"] })],
  edges,
  settings: { maxLoopbackIterations: 1 },
});
const editing = only("conformance-edited", {
  actions: ["accept", "reject", "edit-accept"],
  artifactData: { text: "first" },
});
const asking = only("conformance-approval-ask", { actions: ["accept", "reject", "ask"] });
const stopping = workflow("conformance-approval-cancellation", {
  nodes: [gateOf({ title: "Stop?", artifactType: "cancellation" }), { id: "deploy", typeId: "core.noop" }],
  edges: [{ from: "gate", to: "deploy" }],
});
const listed = only("conformance-approval-listed", { approversList: ["anna", "bert"] });
const quorum = only("conformance-approval-quorum", { requiredApprovals: 2 });
const escalating = only("conformance-approval-escalating", {
  approversList: ["anna"],
  timeoutMs: 60_000,
  escalate: { afterMs: 30, to: ["chief"] },
});
const late = only("conformance-approval-late", { timeoutMs: 20 });
const generic = workflow("conformance-generic-approval", {
  nodes: [
    {
      id: "gate",
      typeId: "core.interrupt",
      config: {
        kind: "approval",
        data: { artifactId: "a", artifactType: "text", title: "Good?", actions: ["accept", "reject"] },
      },
    },
  ],
});

const feedback = { scope: "whole", text: "shorter" };
const refine = { action: "refine", refineFeedback: feedback };

async function ask(definition: { id: string }): Promise<string> {
  await host.client.register(definition);
  return waitingRun(host.client, definition.id);
}

async function typesOf(client: Client, runId: string): Promise<string[]> {
  return (await client.log(runId)).map(({ type }) => type);
}

function found(log: LoggedEvent[], type: string): LoggedEvent {
  const event = log.find((candidate) => candidate.type === type);
  assert.ok(event, `${type} is in the log`);
  return event;
}

describe("refine", () => {
  it("sends the artifact back with the feedback, and asks again under a new key", async () => {
    const runId = await ask(refining);
    const first = (await host.client.snapshot(runId)).interrupt;
    assert.deepEqual(first.data.actions, ["accept", "reject", "refine"]);
    const { status, body } = await host.client.answer(runId, "gate", refine);
    assert.equal(status, 200);
    assert.equal(body.status, "waiting-approval");
    const snapshot = await host.client.snapshot(runId);
    assert.notEqual(snapshot.interrupt.key, first.key);
    const [entry, ...more] = snapshot.channels.feedback;
    assert.deepEqual([entry.feedback, entry.iteration, more], [feedback, 1, []]);
    assert.ok(Date.parse(entry.timestamp));
    assert.deepEqual(snapshot.interrupt.data.artifactData, undefined);
    const received = found(await host.client.log(runId), "approval.received").payload;
    assert.equal(received.action, "refine");
    assert.deepEqual(received.refineFeedback, feedback);
    assert.equal((await host.client.answer(runId, "gate", accept)).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("shows the feedback to the producer as an input", async () => {
    const runId = await ask(refining);
    await host.client.answer(runId, "gate", refine);
    const again = (await host.client.log(runId)).filter((e) => e.type === "node.completed" && e.nodeId === "draft");
    assert.equal(again.length, 2);
    assert.deepEqual(again[1]?.payload.outputs.feedback, feedback);
  });

  it("is over at the limit: told, and no more offered", async () => {
    const runId = await ask(bounded);
    await host.client.answer(runId, "gate", refine);
    const limit = found(await host.client.log(runId), "workflow.loopback-limit").payload;
    assert.deepEqual([limit.nodeId, limit.iterations, limit.limit], ["gate", 1, 1]);
    assertRefused(await host.client.answer(runId, "gate", refine), 400, "validation_error");
    assert.equal((await host.client.answer(runId, "gate", accept)).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("is refused by a gate without a way back", async () => {
    const runId = await ask(only("conformance-no-way-back", { actions: ["accept", "refine"] }));
    assert.deepEqual((await host.client.snapshot(runId)).interrupt.data.actions, ["accept"]);
    assertRefused(await host.client.answer(runId, "gate", refine), 400, "validation_error");
    assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
  });

  for (const [name, refineFeedback] of [
    ["nothing", undefined],
    ["a text", "shorter"],
    ["no scope", { text: "x" }],
    ["an unknown scope", { scope: "some" }],
    ["a section without its path", { scope: "section" }],
    ["items without their ids", { scope: "items", itemIds: [] }],
  ] as const) {
    it(`needs feedback: ${name} is none`, async () => {
      const runId = await ask(refining);
      const value = { action: "refine", ...(refineFeedback !== undefined && { refineFeedback }) };
      assertRefused(await host.client.answer(runId, "gate", value), 400, "validation_error");
    });
  }

  it("is what the old words mean: rejected with feedback", async () => {
    const runId = await ask(refining);
    assert.equal((await host.client.answer(runId, "gate", { decision: "rejected", feedback: "shorter" })).status, 200);
    const received = found(await host.client.log(runId), "approval.received").payload;
    assert.deepEqual([received.action, received.refineFeedback], ["refine", feedback]);
  });

  it("leaves the question before it answered", async () => {
    const runId = await ask(refining);
    const token = await tokenOf(host.client, runId);
    await host.client.answer(runId, "gate", refine);
    assertRefused(await answerByToken(host.client, token, accept), 409, "interrupt_already_resolved");
    assert.equal((await answerByToken(host.client, await tokenOf(host.client, runId), accept)).status, 200);
  });
});

describe("edit-accept", () => {
  it("hands on what was edited, with its hash", async () => {
    for (const action of ["edit-accept", "edit"]) {
      const runId = await ask(editing);
      const edited = { action, editedArtifactData: { text: "better" } };
      assert.equal((await host.client.answer(runId, "gate", edited)).status, 200);
      assert.equal(await host.client.ended(runId), "completed");
      const log = await host.client.log(runId);
      assert.equal(found(log, "approval.received").payload.action, "edit-accept");
      const { output } = found(log, "run.completed").payload.outputs;
      assert.deepEqual(output.editedArtifactData, { text: "better" });
      assert.match(output.editedArtifactHash, /^[0-9a-f]{64}$/);
    }
  });

  it("needs the edited data", async () => {
    const runId = await ask(editing);
    assertRefused(await host.client.answer(runId, "gate", { action: "edit-accept" }), 400, "validation_error");
  });

  it("is not offered where several must agree", async () => {
    const runId = await ask(
      only("conformance-edit-quorum", { actions: ["accept", "edit-accept"], requiredApprovals: 2 }),
    );
    assert.deepEqual((await host.client.snapshot(runId)).interrupt.data.actions, ["accept"]);
  });
});

describe("ask", () => {
  it("leaves the gate open; what was asked and answered adds up", async () => {
    const runId = await ask(asking);
    for (const value of [
      { action: "ask", question: "Why?" },
      { action: "ask", question: "How much?", answer: "Seven." },
    ]) {
      const { status, body } = await host.client.answer(runId, "gate", value);
      assert.equal(status, 200);
      assert.equal(body.status, "waiting-approval");
    }
    const { variables } = await host.client.snapshot(runId);
    const pairs = variables["_askExchanges:gate"].map((one: { question: string; answer?: string }) => [
      one.question,
      one.answer,
    ]);
    assert.deepEqual(pairs, [
      ["Why?", undefined],
      ["How much?", "Seven."],
    ]);
    assert.ok(!(await typesOf(host.client, runId)).includes("approval.received"));
    assert.equal((await host.client.answer(runId, "gate", accept)).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("needs a question", async () => {
    const runId = await ask(asking);
    assertRefused(await host.client.answer(runId, "gate", { action: "ask" }), 400, "validation_error");
  });
});

describe("stop or go on", () => {
  it("stops the run when it is accepted: who, and why", async () => {
    const runId = await ask(stopping);
    const stop = { action: "accept", feedback: "too risky" };
    assert.equal((await host.client.answer(runId, "gate", stop)).status, 200);
    assert.equal(await host.client.ended(runId), "cancelled");
    const log = await host.client.log(runId);
    const { reason, cancelledBy, parentRunId } = log.at(-1)?.payload ?? {};
    assert.deepEqual([reason, parentRunId], ["too risky", undefined]);
    assert.equal(cancelledBy, found(log, "approval.received").payload.decidedBy);
    assert.ok(!log.some(({ type, nodeId }) => type === "node.started" && nodeId === "deploy"));
  });

  it("goes on when it is rejected", async () => {
    const runId = await ask(stopping);
    assert.equal((await host.client.answer(runId, "gate", { action: "reject" })).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });
});

describe("who decides", () => {
  it("a voter on the list; the snapshot says for whom it waits", async () => {
    const runId = await ask(listed);
    assert.deepEqual((await host.client.snapshot(runId)).interrupt.approvers, ["anna", "bert"]);
    assertRefused(await host.client.answer(runId, "gate", accept), 403, "forbidden");
    assertRefused(await host.client.answer(runId, "gate", { ...accept, voter: "carl" }), 403, "forbidden");
    assert.equal((await host.client.answer(runId, "gate", { ...accept, voter: "anna" })).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("nobody by a link, where several must agree", async () => {
    const runId = await ask(quorum);
    const token = await tokenOf(host.client, runId);
    assertRefused(await answerByToken(host.client, token, accept), 403, "forbidden");
    assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
  });

  it("also those to whom it was handed on", async () => {
    const runId = await ask(listed);
    const { interruptId } = (await host.client.snapshot(runId)).interrupt;
    const path = `/v1/host/parley/interrupts/${interruptId}/delegate`;
    const { status, body } = await host.client.post(path, { to: "carl", reason: "on holiday" });
    assert.equal(status, 200);
    assert.deepEqual(body, { interruptId, runId, nodeId: "gate", approvers: ["anna", "bert", "carl"] });
    assert.deepEqual((await host.client.post(path, { to: "carl" })).body.approvers, ["anna", "bert", "carl"]);
    const delegated = (await host.client.log(runId)).filter(({ type }) => type === "parley.interrupt.delegated");
    assert.equal(delegated.length, 1, "handing on to the same person changes nothing");
    assert.deepEqual([delegated[0]?.payload.to, delegated[0]?.payload.reason], ["carl", "on holiday"]);
    const list = (await host.client.get(`/v1/host/parley/runs/${runId}/interrupts`)).body.interrupts;
    assert.deepEqual(list[0].approvers, ["anna", "bert", "carl"]);
    assert.equal((await host.client.answer(runId, "gate", { ...accept, voter: "carl" })).status, 200);
    assertRefused(await host.client.post(path, { to: "dora" }), 409, "interrupt_already_resolved");
  });

  for (const { name, path, body, status, code } of [
    { name: "nobody", path: "int_unknown/delegate", body: { to: "a" }, status: 404, code: "interrupt_not_found" },
    { name: "no one in particular", path: "int_unknown/delegate", body: {}, status: 400, code: "validation_error" },
  ]) {
    it(`cannot be handed on to ${name}`, async () => {
      assertRefused(await host.client.post(`/v1/host/parley/interrupts/${path}`, body), status, code);
    });
  }

  it("is no question for a clarification", async () => {
    const runId = await waitingRun(host.client, "conformance-clarification");
    const { interruptId } = (await host.client.snapshot(runId)).interrupt;
    const path = `/v1/host/parley/interrupts/${interruptId}/delegate`;
    assertRefused(await host.client.post(path, { to: "carl" }), 400, "validation_error");
  });

  it("others as well, when nobody answers in time", async () => {
    const runId = await ask(escalating);
    const { interrupt } = await host.client.snapshot(runId);
    assert.equal(Date.parse(interrupt.deadline) - Date.parse(interrupt.requestedAt), 60_000);
    const deadline = Date.now() + 5_000;
    const escalated = async () => (await typesOf(host.client, runId)).includes("parley.interrupt.escalated");
    while (!(await escalated())) assert.ok(Date.now() < deadline, "nobody was asked as well");
    assert.deepEqual((await host.client.snapshot(runId)).interrupt.approvers, ["anna", "chief"]);
    assert.equal((await host.client.answer(runId, "gate", { ...accept, voter: "chief" })).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("the clock, when the deadline has passed: rejected, on both surfaces answered", async () => {
    await host.client.register(late);
    const runId = await host.client.createRun(late.id);
    assert.equal(await host.client.ended(runId), "failed");
    const log = await host.client.log(runId);
    assert.equal(found(log, "approval.received").payload.action, "timeout");
    const { outcome, reason } = found(log, "interrupt.resolved").payload;
    assert.deepEqual([outcome, reason], ["rejected", "timeout"]);
    assertRefused(await host.client.answer(runId, "gate", accept), 409, "interrupt_already_resolved");
  });
});

describe("an answer", () => {
  it("is held against the schema that the question came with", async () => {
    const config = { kind: "custom", data: { customKind: "n" }, resumeSchema: { type: "object", required: ["n"] } };
    const runId = await ask(
      workflow("conformance-resume-schema", { nodes: [{ id: "gate", typeId: "core.interrupt", config }] }),
    );
    assertRefused(await host.client.answer(runId, "gate", { m: 1 }), 400, "validation_error");
    assertRefused(await answerByToken(host.client, await tokenOf(host.client, runId), 7), 400, "validation_error");
    assert.equal((await host.client.snapshot(runId)).status, "waiting-input");
    assert.equal((await host.client.answer(runId, "gate", { n: 1 })).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("that is repeated under its Idempotency-Key is answered as the first time", async () => {
    const runId = await ask(asking);
    const key = { "idempotency-key": `answer-${runId}` };
    const first = await host.client.answer(runId, "gate", accept, key);
    assert.equal(await host.client.ended(runId), "completed");
    const again = await host.client.answer(runId, "gate", accept, key);
    assert.deepEqual([again.status, again.text], [200, first.text]);
    const other = await host.client.answer(runId, "gate", { action: "reject" }, key);
    assertRefused(other, 409, "idempotency_key_mismatch");
  });

  it("that is a veto ends a gate of several at once", async () => {
    const runId = await ask(quorum);
    assert.equal((await host.client.answer(runId, "gate", { ...accept, voter: "a" })).status, 200);
    assert.equal((await host.client.answer(runId, "gate", { action: "reject", voter: "b" })).status, 200);
    assert.equal(await host.client.ended(runId), "failed");
    assert.equal((await host.client.snapshot(runId)).error.code, "approval_rejected");
  });
});

describe("the generic node", () => {
  it("asks for approval, and a refusal fails it", async () => {
    for (const [action, status] of [
      ["accept", "completed"],
      ["reject", "failed"],
    ]) {
      const runId = await ask(generic);
      assertRefused(await host.client.answer(runId, "gate", refine), 400, "validation_error");
      await host.client.answer(runId, "gate", { action });
      assert.equal(await host.client.ended(runId), status);
    }
  });

  it("is refused for kinds that belong to other nodes", async () => {
    for (const kind of ["conversation.start", "conversation.exchange", "conversation.close", "riddle"]) {
      const config = { kind, data: { conversationId: "c", prompt: "p" } };
      const document = workflow("conformance-odd-kind", { nodes: [{ id: "n", typeId: "core.interrupt", config }] });
      assertRefused(await host.client.post("/v1/workflows", document), 400, "validation_error");
    }
  });
});

describe("an event from outside", () => {
  const event = { orderId: "fixture-order-1", status: "completed", eventId: "evt-7" };
  const fixture = "conformance-interrupt-external-event";

  it("that comes twice is taken once, and answered the same", async () => {
    const runId = await waitingRun(host.client, fixture);
    const token = await tokenOf(host.client, runId);
    const first = await answerByToken(host.client, token, event);
    assert.equal(first.status, 200);
    for (const again of [
      await answerByToken(host.client, token, event),
      await host.client.answer(runId, "wait-for-external", { eventPayload: event }),
    ]) {
      assert.equal(again.status, 200);
      assert.deepEqual(again.body, first.body);
    }
    const resolved = (await typesOf(host.client, runId)).filter((type) => type === "interrupt.resolved");
    assert.equal(resolved.length, 1);
  });

  it("that is another one comes too late", async () => {
    const runId = await waitingRun(host.client, fixture);
    const token = await tokenOf(host.client, runId);
    await answerByToken(host.client, token, event);
    for (const other of [
      { ...event, eventId: "evt-8" },
      { orderId: "fixture-order-1", status: "completed" },
    ]) {
      assertRefused(await answerByToken(host.client, token, other), 409, "interrupt_already_resolved");
    }
  });

  it("of something else is 422 on both surfaces, and the run waits on", async () => {
    const runId = await waitingRun(host.client, fixture);
    const other = { ...event, orderId: "other" };
    assertRefused(await answerByToken(host.client, await tokenOf(host.client, runId), other), 422, "validation_error");
    assertRefused(await host.client.answer(runId, "wait-for-external", other), 422, "validation_error");
    assert.equal((await host.client.snapshot(runId)).status, "waiting-external");
  });
});

describe("a deadline that passed", () => {
  const lateKinds = [
    { kind: "external-event", data: { eventType: "e", correlation: {} } },
    { kind: "custom", data: { customKind: "c" } },
    { kind: "clarification", data: { questions: [{ id: "q", question: "?" }] } },
  ];
  for (const { kind, data } of lateKinds) {
    it(`ends the token of an unanswered ${kind} with it: 410, by node 409`, async () => {
      const node = { id: "late", typeId: "core.interrupt", config: { kind, data, timeoutMs: 400 } };
      const runId = await ask(workflow(`conformance-late-${kind}`, { nodes: [node] }));
      const token = await tokenOf(host.client, runId);
      assert.equal(await host.client.ended(runId), "failed");
      assert.equal((await host.client.snapshot(runId)).error.code, "interrupt_timeout");
      assertRefused(await answerByToken(host.client, token, {}), 410, "interrupt_expired");
      assertRefused(await host.client.anonymous("GET", `/v1/interrupts/${token}`), 410, "interrupt_expired");
      assertRefused(await host.client.answer(runId, "late", {}), 409, "interrupt_already_resolved");
    });
  }

  it("has rejected a gate: its token reads as resolved", async () => {
    const runId = await ask(only("conformance-late-gate", { timeoutMs: 400 }));
    const token = await tokenOf(host.client, runId);
    assert.equal(await host.client.ended(runId), "failed");
    assertRefused(await answerByToken(host.client, token, accept), 409, "interrupt_already_resolved");
    const { status, body } = await host.client.anonymous("GET", `/v1/interrupts/${token}`);
    assert.deepEqual([status, body.resolved], [200, true]);
  });
});

describe("an inspect token", () => {
  it("looks, and cannot answer", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const [item] = (await host.client.get(`/v1/host/parley/runs/${runId}/interrupts`)).body.interrupts;
    const looked = await host.client.anonymous("GET", `/v1/interrupts/${item.inspectToken}`);
    assert.equal(looked.status, 200);
    const { requestedAt: _, expiresAt: _expiresAt, resolved, ...payload } = looked.body;
    conforms("suspend-request", payload);
    assert.equal(resolved, false);
    assertRefused(await answerByToken(host.client, item.inspectToken, accept), 403, "forbidden");
    assert.equal((await answerByToken(host.client, item.token, accept)).status, 200);
    assertRefused(await answerByToken(host.client, item.inspectToken, accept), 409, "interrupt_already_resolved");
  });
});
