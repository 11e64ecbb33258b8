// Retry: a message is answered again, by a new run of the same turn (host-surfaces.md §7.1).

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { eventually } from "../support/host.ts";
import { newThread, threadsPath } from "../support/threads.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";

const messagesPath = "/v1/host/parley/messages";

describe("answering a message again", () => {
  let home = "";
  let daemon: Daemon;
  let client: Client;
  let model: ModelServer;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "parley-retry-"));
    model = await startModelServer();
    const config = `models: { default: { provider: openai, model: test-model, baseUrl: "${model.url}" } }\n`;
    await writeFile(path.join(home, "parley.yaml"), config);
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
    model.answer({ text: "an answer" });
  });

  const say = async (threadId: string, text: string) => {
    const { status, body } = await client.post(`${threadsPath}/${threadId}/messages`, { text });
    assert.equal(status, 202);
    return body as { runId: string; messageId: string };
  };
  const retry = (messageId: string, headers?: Record<string, string>) =>
    client.post(`${messagesPath}/${messageId}/retry`, undefined, headers);
  const messagesOf = async (threadId: string) => {
    const page = await client.get(`${threadsPath}/${threadId}`);
    return page.body.messages as { messageId: string; role: string; text: string; inReplyTo?: string; runId: string }[];
  };

  it("makes a new run of the same turn, whose answer stands beside the first", async () => {
    const threadId = newThread();
    const first = await say(threadId, "tell me");
    assert.equal(await client.ended(first.runId), "completed");
    model.answer({ text: "a better answer" });
    const { status, body } = await retry(first.messageId);
    const { messageId } = first;
    assert.equal(status, 202);
    assert.notEqual(body.runId, first.runId);
    assert.deepEqual(body, { accepted: true, duplicate: false, messageId, threadId, runId: body.runId });
    assert.equal(await client.ended(body.runId), "completed");
    const messages = await messagesOf(threadId);
    assert.deepEqual(
      messages.map(({ role, text, inReplyTo, runId }) => ({ role, text, inReplyTo, runId })),
      [
        { role: "user", text: "tell me", inReplyTo: undefined, runId: first.runId },
        { role: "agent", text: "an answer", inReplyTo: messageId, runId: first.runId },
        { role: "agent", text: "a better answer", inReplyTo: messageId, runId: body.runId },
      ],
    );
    const [started] = await client.log(body.runId);
    assert.equal(started?.payload.metadata["parley.retryOf"], first.runId);
    assert.equal(started?.payload.workflowId, (await client.log(first.runId))[0]?.payload.workflowId);
  });

  it("asks the model what was asked the first time: the first answer is no part of the question", async () => {
    const threadId = newThread();
    const first = await say(threadId, "tell me");
    assert.equal(await client.ended(first.runId), "completed");
    const again = await retry(first.messageId);
    assert.equal(await client.ended(again.body.runId), "completed");
    assert.deepEqual(model.calls[1]?.body.messages, model.calls[0]?.body.messages);
  });

  it("works for the message that an answer answers, and again for a retry", async () => {
    const threadId = newThread();
    const first = await say(threadId, "tell me");
    assert.equal(await client.ended(first.runId), "completed");
    const answer = (await messagesOf(threadId)).at(-1) as { messageId: string };
    const second = await retry(answer.messageId);
    assert.deepEqual([second.status, second.body.messageId], [202, first.messageId]);
    assert.equal(await client.ended(second.body.runId), "completed");
    const third = await retry(first.messageId);
    assert.equal(third.status, 202);
    const [started] = await client.log(third.body.runId);
    assert.equal(started?.payload.metadata["parley.retryOf"], second.body.runId);
  });

  it("works after a failure and after a stop", async () => {
    const threadId = newThread();
    model.answer({ status: 400, body: { error: { message: "no" } } });
    const first = await say(threadId, "tell me");
    assert.ok(["failed", "completed"].includes(await client.ended(first.runId)));
    model.answer("silence");
    const second = await retry(first.messageId);
    assert.equal((await client.post(`${threadsPath}/${threadId}/stop`)).body.runId, second.body.runId);
    model.answer({ text: "at last" });
    const third = await retry(first.messageId);
    assert.equal(await client.ended(third.body.runId), "completed");
    assert.equal((await messagesOf(threadId)).at(-1)?.text, "at last");
  });

  it("is refused while the message is still being answered, by its first run or a later one", async () => {
    const threadId = newThread();
    model.answer("silence");
    const first = await say(threadId, "think");
    const early = assertRefused(await retry(first.messageId), 409, "run_already_active");
    assert.equal(early.runId, first.runId);
    await client.post(`${threadsPath}/${threadId}/stop`);
    const second = await retry(first.messageId);
    assert.equal(second.status, 202);
    const late = assertRefused(await retry(first.messageId), 409, "run_already_active");
    assert.equal(late.runId, second.body.runId);
    await client.post(`${threadsPath}/${threadId}/stop`);
  });

  it("begins once when it is asked for many times at the same moment", async () => {
    const threadId = newThread();
    const first = await say(threadId, "tell me");
    assert.equal(await client.ended(first.runId), "completed");
    model.answer("silence");
    const answers = await Promise.all(Array.from({ length: 8 }, () => retry(first.messageId)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 409, 409, 409, 409, 409, 409, 409]);
    await client.post(`${threadsPath}/${threadId}/stop`);
  });

  it("waits behind the running turn of its thread", async () => {
    const threadId = newThread();
    const first = await say(threadId, "first");
    assert.equal(await client.ended(first.runId), "completed");
    model.answer("silence");
    const second = await say(threadId, "second");
    await model.call(1);
    const again = await retry(first.messageId);
    assert.equal(again.status, 202);
    assert.equal((await client.snapshot(again.body.runId)).status, "pending");
    model.answer({ text: "the first again" });
    assert.equal((await client.post(`${threadsPath}/${threadId}/stop`)).body.runId, second.runId);
    assert.equal(await client.ended(again.body.runId), "completed");
    assert.equal((await messagesOf(threadId)).at(-1)?.inReplyTo, first.messageId);
  });

  it("under one Idempotency-Key happens once", async () => {
    const threadId = newThread();
    const first = await say(threadId, "tell me");
    assert.equal(await client.ended(first.runId), "completed");
    const key = { "idempotency-key": "retry-once" };
    const once = await retry(first.messageId, key);
    assert.equal(await client.ended(once.body.runId), "completed");
    const again = await retry(first.messageId, key);
    assert.deepEqual([again.status, again.text], [202, once.text]);
    assert.equal(again.headers["openwop-idempotent-replay"], "true");
    assert.equal((await messagesOf(threadId)).length, 3);
  });

  it("is given by the agent that gave the first, also when it has left the roster since", async () => {
    const isThere = async () => (await client.get("/v1/workflows/agent-clerk")).status === 200;
    const file = path.join(home, "agents", "clerk.yaml");
    const manifest = {
      agentId: "local.home.clerk",
      persona: "Clerk",
      modelClass: "general",
      systemPrompt: "Be brief.",
    };
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify({ id: "host:clerk", role: "conversation", manifest }));
    await eventually(isThere, "the clerk");
    const body = { text: "tell me", agent: "host:clerk" };
    const { body: first } = await client.post(`${threadsPath}/${newThread()}/messages`, body);
    assert.equal(await client.ended(first.runId), "completed");
    await rm(file);
    await eventually(async () => !(await isThere()), "the clerk's leave");
    const again = await retry(first.messageId);
    assert.equal(again.status, 202);
    assert.equal(await client.ended(again.body.runId), "completed");
    const { agent, definitionHash } = await client.snapshot(again.body.runId);
    assert.equal(agent.name, "Clerk");
    assert.equal(definitionHash, (await client.snapshot(first.runId)).definitionHash);
  });

  it("is not found for what is no message", async () => {
    assertRefused(await retry("msg_nothing"), 404, "not_found");
  });

  it("leaves a home that the doctor finds sound", async () => {
    const { body } = await client.get("/v1/host/parley/admin/doctor?deep=1");
    const wrong = body.findings.filter(({ level }: { level: string }) => level === "error");
    assert.deepEqual(wrong, []);
  });
});
