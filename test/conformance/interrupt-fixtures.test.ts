// The fixtures about questions, conversations and reasoning agents behave as runs.md §17.2 says: once with our own
// documents, once with the published ones where they are.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { ownFixtures, sharedFixtures } from "../support/paths.ts";
import { accept, answerByToken, tokenOf, waitingRun } from "../support/questions.ts";
import { needsSeams, notHere, type Suite, useDaemon } from "../support/suite.ts";

describe("our own fixtures", () => {
  const host = useDaemon({ fixtures: ownFixtures, seams: true });
  both(host);
  quorum(host);
  refineAndEdit(host);
  replay(host);
});

describe("the published fixtures", { skip: notHere(sharedFixtures) }, () => {
  if (sharedFixtures === undefined) return;
  const host = useDaemon({ fixtures: sharedFixtures, seams: true });
  both(host);

  it("conformance-conversation-capability-negotiation: offered, because conversations are", async () => {
    await waitingRun(host.client, "conformance-conversation-capability-negotiation");
  });
});

function both(host: Suite): void {
  const played = async (workflowId: string) => {
    const runId = await host.client.createRun(workflowId);
    assert.equal(await host.client.ended(runId), "completed");
    const log = await host.client.log(runId);
    return { runId, log, types: log.map(({ type }) => type) };
  };

  for (const fixture of ["conformance-conversation-lifecycle", "conformance-conversation-vs-clarification"]) {
    it(`${fixture}: opened, exchanged, closed, and nothing clarified`, async () => {
      const { types } = await played(fixture);
      const ordered = ["node.suspended", "conversation.opened", "conversation.exchanged", "conversation.closed"];
      const places = [...ordered, "node.resumed", "run.completed"].map((type) => types.indexOf(type));
      assert.deepEqual(
        places,
        [...places].sort((a, b) => a - b),
      );
      assert.ok(!places.includes(-1));
      assert.ok(!types.some((type) => type.startsWith("clarification.")));
    });
  }

  it("conformance-agent-reasoning: thinks, calls, hands over, decides", { skip: needsSeams() }, async () => {
    const { types } = await played("conformance-agent-reasoning");
    const said = types.filter((type) => type.startsWith("agent."));
    assert.deepEqual(said, [
      "agent.reasoned",
      "agent.toolCalled",
      "agent.toolReturned",
      "agent.handoff",
      "agent.decided",
    ]);
  });

  it("conformance-agent-reasoning-streaming: the pieces add up to the whole", { skip: needsSeams() }, async () => {
    const { log } = await played("conformance-agent-reasoning-streaming");
    const pieces = log.filter(({ type }) => type === "agent.reasoning.delta").map(({ payload }) => payload);
    assert.ok(pieces.length > 1);
    assert.deepEqual(
      pieces.map(({ sequence }) => sequence),
      pieces.map((_, at) => at),
    );
    const whole = log.find(({ type }) => type === "agent.reasoned")?.payload.reasoning;
    assert.equal(pieces.map(({ delta }) => delta).join(""), whole);
  });

  it("conformance-agent-low-confidence: held until someone ratifies it", { skip: needsSeams() }, async () => {
    const runId = await waitingRun(host.client, "conformance-agent-low-confidence");
    assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
    assert.equal(
      (await host.client.answer(runId, "low-conf-decider", { kind: "terminate", reason: "ok" })).status,
      200,
    );
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("conformance-agent-identity: the snapshot names the agent, and no agent event is written", async () => {
    const { runId, types } = await played("conformance-agent-identity");
    assert.equal((await host.client.snapshot(runId)).agent.agentId, "core.conformance.identity-agent");
    assert.ok(!types.some((type) => type.startsWith("agent.")));
  });

  it("conformance-interrupt-auth-required: a link may look, only a key may answer", async () => {
    const runId = await waitingRun(host.client, "conformance-interrupt-auth-required");
    const token = await tokenOf(host.client, runId);
    assertRefused(await answerByToken(host.client, token, accept), 403, "forbidden");
    assert.equal((await host.client.answer(runId, "gate", accept)).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });
}

function quorum(host: Suite): void {
  const vote = (runId: string, voter: string, action: string) => host.client.answer(runId, "gate", { action, voter });

  it("conformance-interrupt-quorum: the third of different voters resumes", async () => {
    const runId = await waitingRun(host.client, "conformance-interrupt-quorum");
    for (const voter of ["approver-1", "approver-1", "approver-2"]) {
      assert.equal((await vote(runId, voter, "accept")).body.status, "waiting-approval");
    }
    const votes = (await host.client.log(runId)).filter(({ type }) => type === "parley.interrupt.vote-recorded");
    assert.deepEqual(
      votes.map(({ payload }) => [payload.voter, payload.accepts]),
      [
        ["approver-1", 1],
        ["approver-1", 1],
        ["approver-2", 2],
      ],
    );
    assert.equal((await vote(runId, "approver-3", "accept")).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("conformance-interrupt-quorum: two of three who refuse end it", async () => {
    const runId = await waitingRun(host.client, "conformance-interrupt-quorum");
    assert.equal((await vote(runId, "approver-1", "reject")).body.status, "waiting-approval");
    assert.equal((await vote(runId, "approver-2", "reject")).status, 200);
    assert.equal(await host.client.ended(runId), "failed");
    assert.equal((await host.client.snapshot(runId)).error.code, "approval_rejected");
  });
}

function refineAndEdit(host: Suite): void {
  it("conformance-approval-refine: needs feedback, goes back with it, and can be accepted then", async () => {
    const runId = await waitingRun(host.client, "conformance-approval-refine");
    assertRefused(await host.client.answer(runId, "gate", { action: "refine" }), 400, "validation_error");
    const refineFeedback = { scope: "whole", text: "shorter" };
    assert.equal((await host.client.answer(runId, "gate", { action: "refine", refineFeedback })).status, 200);
    assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
    await host.client.answer(runId, "gate", accept);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("conformance-approval-edit-accept: needs what was edited", async () => {
    const runId = await waitingRun(host.client, "conformance-approval-edit-accept");
    assertRefused(await host.client.answer(runId, "gate", { action: "edit-accept" }), 400, "validation_error");
    const edited = { action: "edit-accept", editedArtifactData: { text: "second" } };
    assert.equal((await host.client.answer(runId, "gate", edited)).status, 200);
    assert.equal(await host.client.ended(runId), "completed");
  });
}

function replay(host: Suite): void {
  for (const { fixture, nodeId = "gate", answers } of [
    { fixture: "conformance-conversation-replay", answers: [] },
    { fixture: "conformance-agent-reasoning", answers: [] },
    { fixture: "conformance-agent-low-confidence", nodeId: "low-conf-decider", answers: [{ kind: "go" }] },
    {
      fixture: "conformance-approval-refine",
      answers: [{ action: "refine", refineFeedback: { scope: "whole", text: "again" } }, accept],
    },
    {
      fixture: "conformance-interrupt-quorum",
      answers: ["a", "b", "c"].map((voter) => ({ action: "accept", voter })),
    },
  ]) {
    it(`${fixture}: replays from any of its events without asking anyone, to the same end`, {
      skip: fixture.startsWith("conformance-agent-") && needsSeams(),
    }, async () => {
      const runId = await host.client.createRun(fixture);
      await host.client.settled(runId);
      for (const value of answers) assert.equal((await host.client.answer(runId, nodeId, value)).status, 200);
      assert.equal(await host.client.ended(runId), "completed");
      const types = (await host.client.log(runId)).map(({ type }) => type);
      for (let fromSeq = 0; fromSeq < types.length; fromSeq += 4) {
        const fork = await host.client.post(`/v1/runs/${runId}:fork`, { mode: "replay", fromSeq });
        assert.equal(fork.status, 201, fork.text);
        assert.equal(await host.client.ended(fork.body.runId), "completed", `from ${fromSeq}`);
        const again = (await host.client.log(fork.body.runId)).map(({ type }) => type);
        assert.deepEqual(again, types, `from ${fromSeq}`);
      }
    });
  }

  it("conformance-conversation-replay: a fork that replays shows the very bytes of the channel", async () => {
    const runId = await host.client.createRun("conformance-conversation-replay");
    assert.equal(await host.client.ended(runId), "completed");
    const fork = await host.client.post(`/v1/runs/${runId}:fork`, { mode: "replay", fromSeq: 0 });
    assert.equal(fork.status, 201, fork.text);
    assert.equal(await host.client.ended(fork.body.runId), "completed");
    const [source, copy] = [await host.client.snapshot(runId), await host.client.snapshot(fork.body.runId)];
    assert.equal(source.channels.conversation.length, 5);
    assert.equal(JSON.stringify(copy.channels), JSON.stringify(source.channels));
  });
}
