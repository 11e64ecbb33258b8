// Answering questions by node, the lists of what is open, and the code for every way it can fail
// (interrupts-conversations.md §7).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { accept, answerByToken, tokenOf, waitingRun } from "../support/questions.ts";
import { useDaemon } from "../support/suite.ts";

const host = useDaemon();

const twoGates = workflow("conformance-two-gates", {
  nodes: [
    { id: "left", typeId: "core.approvalGate", config: { title: "Left?", actions: ["accept", "reject"] } },
    { id: "right", typeId: "core.approvalGate", config: { title: "Right?", actions: ["accept", "reject"] } },
    { id: "after", typeId: "core.noop" },
  ],
  edges: [
    { from: "left", to: "after" },
    { from: "right", to: "after" },
  ],
});

const quorum = workflow("conformance-quorum-of-three", {
  nodes: [
    {
      id: "gate",
      typeId: "core.approvalGate",
      config: { title: "All?", actions: ["accept", "reject"], requiredApprovals: 3, rejectionPolicy: "majority" },
    },
  ],
});

const typedQuestion = workflow("conformance-typed-question", {
  nodes: [
    {
      id: "ask",
      typeId: "core.clarificationGate",
      config: { questions: [{ id: "age", question: "How old?", schema: { type: "integer", minimum: 0 } }] },
    },
  ],
});

describe("an interrupt answered by node", () => {
  it("answers with run, node and where the run stands now", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const { status, body } = await host.client.answer(runId, "gate", accept);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(), ["nodeId", "runId", "status"]);
    assert.match(body.status, /^(running|completed)$/);
  });

  for (const { name, body } of [
    { name: "no body", body: undefined },
    { name: "no resumeValue", body: {} },
    { name: "a member beside it", body: { resumeValue: accept, extra: 1 } },
    { name: "no object", body: ["accept"] },
  ]) {
    it(`refuses ${name}`, async () => {
      const runId = await waitingRun(host.client, "conformance-approval");
      const path = `/v1/runs/${runId}/interrupts/gate`;
      const response = await host.client.call("POST", path, body === undefined ? {} : { body });
      assertRefused(response, 400, "validation_error");
      assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
    });
  }

  for (const resumeValue of [null, "accept", 1, [], {}, { action: 1 }, { action: "" }]) {
    it(`refuses ${JSON.stringify(resumeValue)} as an approval`, async () => {
      const runId = await waitingRun(host.client, "conformance-approval");
      const response = await host.client.answer(runId, "gate", resumeValue);
      assert.equal(response.status, 400);
      assert.match(response.body.error, /^(validation_error|INVALID_RESUME_VALUE)$/);
      assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
    });
  }

  for (const answers of [{}, { age: "old" }, { age: -1 }, { age: 3, shoe: 44 }, [{ id: "age" }], "3"]) {
    it(`refuses ${JSON.stringify(answers)} as answers of a question with a schema`, async () => {
      await host.client.register(typedQuestion);
      const runId = await waitingRun(host.client, typedQuestion.id);
      assertRefused(await host.client.answer(runId, "ask", { answers }), 400, "validation_error");
      assert.equal((await host.client.answer(runId, "ask", { answers: { age: 3 } })).status, 200);
      assert.equal(await host.client.ended(runId), "completed");
    });
  }

  it("stamps who decided: the caller cannot say it was someone else", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const claimed = { action: "accept", decidedBy: "the-queen", decidedAt: "1999-01-01T00:00:00.000Z" };
    await host.client.answer(runId, "gate", claimed);
    await host.client.ended(runId);
    const received = (await host.client.log(runId)).find((event) => event.type === "approval.received");
    assert.notEqual(received?.payload.decidedBy, "the-queen");
    assert.ok(Date.parse(received?.payload.decidedAt) > Date.parse("2020-01-01"));
  });
});

describe("an interrupt that cannot be answered (any more)", () => {
  const path = (runId: string, nodeId = "gate") => `/v1/runs/${runId}/interrupts/${nodeId}`;
  const body = { resumeValue: accept };

  it("without a credential: 401, before anything else is looked at", async () => {
    for (const runId of ["run_unknown", await waitingRun(host.client, "conformance-approval")]) {
      assertRefused(await host.client.anonymous("POST", path(runId), { body }), 401, "unauthenticated");
    }
  });

  it("of an unknown run: 404 not_found", async () => {
    assertRefused(await host.client.post(path("run_00000000000000000000000000"), body), 404, "not_found");
  });

  it("of a node that never asked: 404 interrupt_not_found", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    assertRefused(await host.client.post(path(runId, "nobody"), body), 404, "interrupt_not_found");
    const noop = await host.client.createRun("conformance-noop");
    assertRefused(await host.client.post(path(noop, "only"), body), 404, "interrupt_not_found");
  });

  it("answered before: 409 on both surfaces, also when the run is over", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const token = await tokenOf(host.client, runId);
    await host.client.answer(runId, "gate", accept);
    await host.client.ended(runId);
    assertRefused(await host.client.answer(runId, "gate", accept), 409, "interrupt_already_resolved");
    assertRefused(await answerByToken(host.client, token, accept), 409, "interrupt_already_resolved");
  });

  it("of a cancelled run: 422 by node, 409 by token", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const token = await tokenOf(host.client, runId);
    await host.client.post(`/v1/runs/${runId}/cancel`);
    await host.client.ended(runId);
    assertRefused(await host.client.answer(runId, "gate", accept), 422, "interrupt_cancelled");
    assertRefused(await answerByToken(host.client, token, accept), 409, "interrupt_already_resolved");
    const { status, body: inspected } = await host.client.anonymous("GET", `/v1/interrupts/${token}`);
    assert.equal(status, 200);
    assert.equal(inspected.resolved, true);
  });
});

it("a gate with a quorum goes on with the third vote; one voter counts once", async () => {
  await host.client.register(quorum);
  const runId = await waitingRun(host.client, quorum.id);
  const vote = (voter: string) => host.client.answer(runId, "gate", { action: "accept", voter });
  for (const voter of ["one", "one", "two"]) {
    const answer = await vote(voter);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.status, "waiting-approval");
  }
  assert.equal((await vote("three")).status, 200);
  assert.equal(await host.client.ended(runId), "completed");
});

describe("the lists of what is pending", () => {
  it("hold the open questions of one run, until they are answered", async () => {
    await host.client.register(twoGates);
    const runId = await waitingRun(host.client, twoGates.id);
    const list = `/v1/host/parley/runs/${runId}/interrupts`;
    const { status, body } = await host.client.get(list);
    assert.equal(status, 200);
    assert.equal(body.runId, runId);
    assert.deepEqual(body.interrupts.map((item: { nodeId: string }) => item.nodeId).sort(), ["left", "right"]);
    for (const item of body.interrupts) {
      assert.equal(item.kind, "approval");
      assert.ok(item.interruptId && item.data && item.requestedAt);
      assert.equal((await answerByToken(host.client, item.token, accept)).status, 200);
    }
    await host.client.ended(runId);
    assert.deepEqual((await host.client.get(list)).body.interrupts, []);
  });

  it("hold the open questions of all runs, earliest deadline first, page by page", async () => {
    const dated = await waitingRun(host.client, "conformance-interrupt-external-event");
    const open = [
      await waitingRun(host.client, "conformance-approval"),
      await waitingRun(host.client, "conformance-clarification"),
    ];
    const seen: { runId: string; interruptId: string; expiresAt?: string }[] = [];
    let cursor = "";
    do {
      const { status, body } = await host.client.get(`/v1/host/parley/interrupts?status=pending&limit=2${cursor}`);
      assert.equal(status, 200);
      assert.ok(body.interrupts.length <= 2);
      seen.push(...body.interrupts);
      cursor = body.nextCursor === undefined ? "" : `&cursor=${encodeURIComponent(body.nextCursor)}`;
    } while (cursor !== "");
    assert.equal(new Set(seen.map((item) => item.interruptId)).size, seen.length, "no question stands twice");
    const runs = seen.map((item) => item.runId);
    for (const runId of [dated, ...open]) assert.ok(runs.includes(runId));
    const deadlines = seen.map((item) =>
      item.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(item.expiresAt),
    );
    assert.deepEqual(
      deadlines,
      [...deadlines].sort((a, b) => a - b),
    );
  });

  for (const query of ["status=resolved", "limit=0", "limit=abc", "cursor=garbage!"]) {
    it(`refuse ${query}`, async () => {
      assertRefused(await host.client.get(`/v1/host/parley/interrupts?${query}`), 400, "validation_error");
    });
  }
});
