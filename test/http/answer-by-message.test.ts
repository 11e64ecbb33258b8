// Who may answer a question by a message: whoever may answer its card (triggers-channels.md B8).

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { addKeys } from "../support/keys.ts";
import { newThread, threadsPath } from "../support/threads.ts";

describe("a message while a question is open", () => {
  let home = "";
  let daemon: Daemon;
  let operator: Client;
  let guest: Client;
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "parley-answers-"));
    await (await startDaemon({ home })).stop();
    const keys = await addKeys(home, { guest: { scopes: ["runs:read", "runs:create"] } });
    daemon = await startDaemon({ home });
    operator = new Client(daemon.url, daemon.key);
    guest = operator.as(keys.guest);
  });
  after(async () => {
    await daemon.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** A turn that asks back; the question as a reader of the thread sees it. */
  async function asked(client: Client, threadId: string) {
    const stream = await client.stream(`${threadsPath}/${threadId}/stream`);
    const { body } = await operator.post(`${threadsPath}/${threadId}/messages`, { text: "plan something" });
    const { json } = await stream.until(({ event }) => event === "interrupt");
    stream.close();
    return { turn: body as { runId: string; messageId: string }, question: json };
  }

  it("answers it when its sender may answer questions", async () => {
    const threadId = newThread();
    const { turn, question } = await asked(operator, threadId);
    const { status, body } = await operator.post(`${threadsPath}/${threadId}/messages`, { text: "a picnic" });
    assert.deepEqual([status, body.runId], [202, question.runId]);
    assert.equal(await operator.ended(turn.runId), "completed");
  });

  it("waits its turn when he may not: the question stays open, and shows him no way to answer it", async () => {
    const threadId = newThread();
    const { turn, question } = await asked(guest, threadId);
    assert.ok(!("token" in question), "no token that answers");
    const answers = { answers: { answer: "a party" } };
    assertRefused(await guest.answer(question.runId, question.nodeId, answers), 403, "forbidden");
    const { status, body } = await guest.post(`${threadsPath}/${threadId}/messages`, { text: "a party" });
    assert.equal(status, 202);
    assert.ok(![turn.runId, question.runId].includes(body.runId), "it is a turn of its own");
    assert.equal((await operator.snapshot(body.runId)).status, "pending");
    const pending = await operator.get("/v1/host/parley/interrupts?status=pending");
    assert.ok(
      pending.body.interrupts.some((item: { interruptId: string }) => item.interruptId === question.interruptId),
    );
    assert.equal((await operator.answer(question.runId, question.nodeId, answers)).status, 200);
    assert.equal(await operator.ended(turn.runId), "completed");
    assert.equal(await operator.ended(body.runId), "completed");
  });
});
