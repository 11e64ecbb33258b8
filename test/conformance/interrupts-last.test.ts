// Questions outlive the process that asked them, and keys that may not speak for others do not
// (interrupts-conversations.md §1, §2.4).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { addKeys } from "../support/keys.ts";
import { ownFixtures } from "../support/paths.ts";
import { accept, answerByToken, tokenOf, waitingRun } from "../support/questions.ts";
import { needsOwnDaemon } from "../support/suite.ts";

const options = { fixtures: ownFixtures, seams: true };

const talk = workflow("conformance-lasting-talk", {
  nodes: [{ id: "convo", typeId: "core.conversationGate", config: {} }],
  more: { channels: { conversation: { reducer: "message" } } },
});
const escalating = workflow("conformance-lasting-escalation", {
  nodes: [
    {
      id: "gate",
      typeId: "core.approvalGate",
      config: { approversList: ["anna"], escalate: { afterMs: 1_500, to: ["chief"] } },
    },
  ],
});

describe("a process that is killed", { skip: needsOwnDaemon() }, () => {
  const daemons: Daemon[] = [];
  after(async () => {
    for (const daemon of daemons.toReversed()) await daemon.dispose();
  });

  it("leaves conversations, votes, ways back and escalations to the next", async () => {
    let daemon = await startDaemon(options);
    daemons.push(daemon);
    const first = new Client(daemon.url, daemon.key);
    for (const definition of [talk, escalating]) await first.register(definition);
    const talking = await waitingRun(first, talk.id);
    const escalated = await waitingRun(first, escalating.id);
    const voting = await waitingRun(first, "conformance-interrupt-quorum");
    const refined = await waitingRun(first, "conformance-approval-refine");
    const turn = (content: string) => ({ operation: "exchange", turn: { content }, exchangeKey: content });
    assert.equal((await first.answer(talking, "convo", turn("one"))).status, 200);
    for (const voter of ["a", "b"]) await first.answer(voting, "gate", { ...accept, voter });
    const refineFeedback = { scope: "whole", text: "again" };
    assert.equal((await first.answer(refined, "gate", { action: "refine", refineFeedback })).status, 200);
    const token = await tokenOf(first, talking);
    await daemon.kill();

    daemon = await startDaemon({ ...options, home: daemon.home });
    daemons.push(daemon);
    const next = new Client(daemon.url, daemon.key);
    const repeated = await next.answer(talking, "convo", turn("one"));
    assert.equal(repeated.body.conversation.turns[0].turnIndex, 1, "the key is remembered");
    const second = await answerByToken(next, token, turn("two"));
    assert.equal(second.body.conversation.turns[0].turnIndex, 2, "so are the turns, and the token holds");
    assert.equal((await next.answer(talking, "convo", { operation: "close" })).status, 200);
    assert.equal(await next.ended(talking), "completed");
    assert.equal((await next.snapshot(talking)).channels.conversation.length, 4);

    assert.equal((await next.answer(voting, "gate", { ...accept, voter: "c" })).status, 200);
    assert.equal(await next.ended(voting), "completed");

    assert.equal((await next.snapshot(refined)).channels.feedback.length, 1);
    await next.answer(refined, "gate", accept);
    assert.equal(await next.ended(refined), "completed");

    const deadline = Date.now() + 8_000;
    const approvers = async () => (await next.snapshot(escalated)).interrupt.approvers;
    while (!(await approvers()).includes("chief")) assert.ok(Date.now() < deadline, "the timer was lost");
    assert.equal((await next.answer(escalated, "gate", { ...accept, voter: "chief" })).status, 200);
    assert.equal(await next.ended(escalated), "completed");
  });
});

describe("a key that may answer, but not vote for others", { skip: needsOwnDaemon() }, () => {
  let first: Daemon;
  let daemon: Daemon;
  let operator: Client;
  let anna: Client;
  let bert: Client;
  let reader: Client;
  before(async () => {
    first = await startDaemon(options);
    await first.stop();
    const scopes = ["runs:read", "approvals:respond"];
    const keys = await addKeys(first.home, {
      anna: { scopes, principalId: "anna" },
      bert: { scopes, principalId: "bert" },
      reader: { scopes: ["runs:read"] },
    });
    daemon = await startDaemon({ ...options, home: first.home });
    operator = new Client(daemon.url, daemon.key);
    anna = operator.as(keys.anna);
    bert = operator.as(keys.bert);
    reader = operator.as(keys.reader);
  });
  after(async () => {
    await daemon.dispose();
    await first.dispose();
  });

  it("votes as its own principal, whomever it names", async () => {
    const runId = await waitingRun(operator, "conformance-interrupt-quorum");
    for (const voter of ["x", "y", "z"]) {
      assert.equal((await anna.answer(runId, "gate", { ...accept, voter })).body.status, "waiting-approval");
    }
    const votes = (await operator.log(runId)).filter(({ type }) => type === "parley.interrupt.vote-recorded");
    assert.deepEqual(
      votes.map(({ payload }) => [payload.voter, payload.accepts]),
      [
        ["anna", 1],
        ["anna", 1],
        ["anna", 1],
      ],
    );
    await bert.answer(runId, "gate", accept);
    assert.equal((await operator.answer(runId, "gate", { ...accept, voter: "carl" })).status, 200);
    assert.equal(await operator.ended(runId), "completed");
    const cast = (await operator.log(runId)).filter(({ type }) => type === "parley.interrupt.vote-recorded").at(-1);
    assert.equal(cast?.payload.voter, "carl");
    assert.ok(cast?.payload.castBy, "who spoke for him is on record");
  });

  it("hands on only what it may decide itself", async () => {
    await operator.register(escalating);
    const runId = await waitingRun(operator, escalating.id);
    const { interruptId } = (await operator.snapshot(runId)).interrupt;
    const path = `/v1/host/parley/interrupts/${interruptId}/delegate`;
    assertRefused(await bert.post(path, { to: "bert" }), 403, "forbidden");
    assert.deepEqual((await anna.post(path, { to: "bert" })).body.approvers, ["anna", "bert"]);
    assert.equal((await bert.answer(runId, "gate", accept)).status, 200);
    assert.equal(await operator.ended(runId), "completed");
    const received = (await operator.log(runId)).find(({ type }) => type === "approval.received");
    assert.equal(received?.payload.decidedBy, "bert");
  });

  it("gets tokens that answer; who may only read gets those that look", async () => {
    const runId = await waitingRun(operator, "conformance-approval");
    const path = `/v1/host/parley/runs/${runId}/interrupts`;
    assert.ok((await anna.get(path)).body.interrupts[0].token);
    const [item] = (await reader.get(path)).body.interrupts;
    assert.ok(!("token" in item) && item.inspectToken);
    assert.ok(!("interruptToken" in (await reader.snapshot(runId)).interrupt));
    assertRefused(await reader.answer(runId, "gate", accept), 403, "forbidden");
    assertRefused(await answerByToken(reader, item.inspectToken, accept), 403, "forbidden");
  });
});
