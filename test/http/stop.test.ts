// Stop: the running turn of a thread ends, what waits behind it goes on (host-surfaces.md §7.1).

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { addKeys } from "../support/keys.ts";
import { newThread, threadsPath } from "../support/threads.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";

describe("stopping a thread", () => {
  let home = "";
  let daemon: Daemon;
  let client: Client;
  let model: ModelServer;
  let readerKey = "";

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "parley-stop-"));
    model = await startModelServer();
    const config = `models: { default: { provider: openai, model: test-model, baseUrl: "${model.url}" } }\n`;
    await writeFile(path.join(home, "parley.yaml"), config);
    await (await startDaemon({ home })).stop();
    readerKey = (await addKeys(home, { reader: { scopes: ["runs:read", "runs:create"] } })).reader;
    daemon = await startDaemon({ home });
    client = new Client(daemon.url, daemon.key);
  });
  after(async () => {
    await daemon.stop();
    await model.close();
    await rm(home, { recursive: true, force: true });
  });
  beforeEach(() => {
    model.calls.length = 0;
    model.answer("silence");
  });

  const say = async (threadId: string, text: string) => {
    const { status, body } = await client.post(`${threadsPath}/${threadId}/messages`, { text });
    assert.equal(status, 202);
    return body as { runId: string; messageId: string };
  };
  const stop = (threadId: string, headers?: Record<string, string>) =>
    client.post(`${threadsPath}/${threadId}/stop`, undefined, headers);

  it("ends the turn at once while the model is thinking, and the model's line is closed", async () => {
    const threadId = newThread();
    const { runId } = await say(threadId, "think about it");
    const call = await model.call(0);
    const beganMs = performance.now();
    const { status, body } = await stop(threadId);
    assert.ok(performance.now() - beganMs < 1_000, "the answer took longer than a second");
    assert.deepEqual([status, body], [200, { threadId, runId, status: "cancelled" }]);
    await call.gone;
    const page = await client.get(`${threadsPath}/${threadId}`);
    const last = page.body.messages.at(-1);
    assert.deepEqual([last.role, last.runId], ["system", runId]);
  });

  it("lets the message that waits behind it take its turn", async () => {
    const threadId = newThread();
    const first = await say(threadId, "first");
    await model.call(0);
    const second = await say(threadId, "second");
    model.answer({ text: "the second answer" });
    assert.equal((await stop(threadId)).body.runId, first.runId);
    assert.equal(await client.ended(second.runId), "completed");
    const page = await client.get(`${threadsPath}/${threadId}`);
    const answer = page.body.messages.find((message: { role: string }) => message.role === "agent");
    assert.deepEqual([answer.text, answer.inReplyTo], ["the second answer", second.messageId]);
  });

  it("says that nothing was running, also of a thread that nobody has written in", async () => {
    const threadId = newThread();
    assert.deepEqual((await stop(threadId)).body, { threadId, status: "idle" });
    model.answer({ text: "done" });
    const { runId } = await say(threadId, "quick");
    assert.equal(await client.ended(runId), "completed");
    const { status, body } = await stop(threadId);
    assert.deepEqual([status, body], [200, { threadId, status: "idle" }]);
  });

  it("under one Idempotency-Key stops one turn, however often it is repeated", async () => {
    const threadId = newThread();
    const first = await say(threadId, "first");
    await model.call(0);
    const key = { "idempotency-key": "stop-once" };
    const stopped = await stop(threadId, key);
    const second = await say(threadId, "second");
    await model.call(1);
    const again = await stop(threadId, key);
    assert.equal(again.text, stopped.text);
    assert.equal(again.headers["openwop-idempotent-replay"], "true");
    assert.equal(again.body.runId, first.runId);
    assert.equal((await client.snapshot(second.runId)).status, "running");
    assert.equal((await stop(threadId)).body.runId, second.runId);
  });

  it("under one Idempotency-Key that found nothing to stop does not stop a later turn", async () => {
    const threadId = newThread();
    const key = { "idempotency-key": "stop-idle" };
    const idle = await stop(threadId, key);
    const { runId } = await say(threadId, "later");
    await model.call(0);
    assert.equal((await stop(threadId, key)).text, idle.text);
    assert.equal((await client.snapshot(runId)).status, "running");
    await stop(threadId);
  });

  it("needs the scope runs:cancel, and a thread id that can be one", async () => {
    assertRefused(await client.as(readerKey).post(`${threadsPath}/some-thread/stop`), 403, "forbidden");
    assertRefused(await stop("not%20a%20thread"), 400, "validation_error");
  });
});
