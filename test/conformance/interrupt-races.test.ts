// Several who answer at once: one wins, the others are told (interrupts-conversations.md §7.3).

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

describe("an interrupt raced for", () => {
  it("by ten at once: one wins, nine are told", async () => {
    for (let round = 0; round < 5; round += 1) {
      const runId = await waitingRun(host.client, "conformance-approval");
      const token = await tokenOf(host.client, runId);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          at % 2 === 0 ? host.client.answer(runId, "gate", accept) : answerByToken(host.client, token, accept),
        ),
      );
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      for (const loser of answers.filter(({ status }) => status !== 200)) {
        assertRefused(loser, 409, "interrupt_already_resolved");
      }
      assert.equal(await host.client.ended(runId), "completed");
      const log = await host.client.log(runId);
      assert.equal(log.filter((event) => event.type === "interrupt.resolved").length, 1);
      assert.equal(log.filter((event) => event.type === "approval.received").length, 1);
    }
  });

  it("by an answer and a cancellation: whoever is first, the log tells one story", async () => {
    for (let round = 0; round < 10; round += 1) {
      const runId = await waitingRun(host.client, "conformance-approval");
      const [answer, cancel] = await Promise.all(
        round % 2 === 0
          ? [host.client.answer(runId, "gate", accept), host.client.post(`/v1/runs/${runId}/cancel`)]
          : [host.client.post(`/v1/runs/${runId}/cancel`), host.client.answer(runId, "gate", accept)].reverse(),
      );
      assert.ok(answer && cancel);
      assert.equal(cancel.status, 200, cancel.text);
      const status = await host.client.ended(runId);
      const log = await host.client.log(runId);
      const answered = log.some((event) => event.type === "interrupt.resolved");
      assert.equal(answer.status === 200, answered);
      if (!answered) assert.ok([409, 410, 422].includes(answer.status), answer.text);
      assert.equal(cancel.body.status.replace("cancelling", "cancelled"), status);
      assert.equal(log.filter((event) => /^run\.(completed|failed|cancelled)$/.test(event.type)).length, 1);
    }
  });

  it("two gates of one run answered at once: both count, nothing runs twice", async () => {
    await host.client.register(twoGates);
    for (let round = 0; round < 5; round += 1) {
      const runId = await waitingRun(host.client, twoGates.id);
      const answers = await Promise.all([
        host.client.answer(runId, "left", accept),
        host.client.answer(runId, "right", accept),
      ]);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200],
      );
      assert.equal(await host.client.ended(runId), "completed");
      const completed = (await host.client.log(runId)).filter((event) => event.type === "node.completed");
      assert.deepEqual(completed.map((event) => event.nodeId).sort(), ["after", "left", "right"]);
    }
  });
});
