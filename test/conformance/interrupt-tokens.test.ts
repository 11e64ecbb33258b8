// Answering questions by signed token: what it is made of, what it may, and that nobody else can make one
// (interrupts-conversations.md §7.2, §7.4).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { accept, answerByToken, tokenOf, waitingRun } from "../support/questions.ts";
import { conforms } from "../support/schemas.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const host = useDaemon();

const authRequired = workflow("conformance-auth-required", {
  nodes: [
    {
      id: "gate",
      typeId: "core.approvalGate",
      config: { title: "Who are you?", actions: ["accept", "reject"], profile: "openwop-interrupt-auth-required" },
    },
  ],
});

describe("a signed token", () => {
  it("can be inspected without a key: the question, when it was asked and until when it can be answered", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const token = await tokenOf(host.client, runId);
    const { status, body } = await host.client.anonymous("GET", `/v1/interrupts/${token}`);
    assert.equal(status, 200);
    const { requestedAt, expiresAt, resolved, ...payload } = body;
    assert.equal(resolved, false);
    conforms("suspend-request", payload);
    assert.equal(payload.kind, "approval");
    const lifeMs = Date.parse(expiresAt) - Date.now();
    assert.ok(lifeMs > 29 * 60_000 && lifeMs <= 30 * 60_000 + 1_000, "30 minutes by default");
    assert.ok(Date.parse(requestedAt) <= Date.now());
  });

  it("never outlives the deadline of the question", async () => {
    const runId = await waitingRun(host.client, "conformance-interrupt-external-event");
    const { body } = await host.client.anonymous("GET", `/v1/interrupts/${await tokenOf(host.client, runId)}`);
    assert.ok(Date.parse(body.expiresAt) - Date.parse(body.requestedAt) <= 60_000);
    assert.equal(body.timeoutMs, 60_000);
  });

  it("can be answered once; after that it still tells that it was", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const token = await tokenOf(host.client, runId);
    assert.equal((await answerByToken(host.client, token, accept)).status, 200);
    assertRefused(await answerByToken(host.client, token, accept), 409, "interrupt_already_resolved");
    const { status, body } = await host.client.anonymous("GET", `/v1/interrupts/${token}`);
    assert.equal(status, 200);
    assert.equal(body.resolved, true);
    assert.equal(await host.client.ended(runId), "completed");
  });

  it("is judged by the same rules as by node", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    assertRefused(
      await answerByToken(host.client, await tokenOf(host.client, runId), { action: "refine" }),
      400,
      "validation_error",
    );
    assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
  });

  it("is made of a readable payload and a signature over it", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const [payload, mac, ...rest] = (await tokenOf(host.client, runId)).split(".");
    assert.deepEqual(rest, []);
    assert.match(mac ?? "", /^[A-Za-z0-9_-]{43}$/, "HMAC-SHA256 as base64url");
    const claims = JSON.parse(Buffer.from(payload ?? "", "base64url").toString());
    assert.equal(claims.runId, runId);
    assert.equal(claims.nodeId, "gate");
    assert.equal(claims.intent, "resolve");
    assert.ok(claims.interruptId && claims.expiresAt);
  });

  it("is refused when any part of it was changed", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const token = await tokenOf(host.client, runId);
    const [payload, mac] = token.split(".") as [string, string];
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    const longer = { ...claims, expiresAt: "2999-01-01T00:00:00.000Z" };
    const forged = `${Buffer.from(JSON.stringify(longer)).toString("base64url")}.${mac}`;
    const flipped = `${payload}.${mac.startsWith("A") ? "B" : "A"}${mac.slice(1)}`;
    for (const bad of [
      forged,
      flipped,
      payload,
      `${payload}.`,
      `.${mac}`,
      `${token}.x`,
      "nonsense",
      `${token}A`,
      "a.b",
    ]) {
      assertRefused(await host.client.anonymous("GET", `/v1/interrupts/${bad}`), 404, "invalid_interrupt_token");
      assertRefused(await answerByToken(host.client, bad, accept), 404, "invalid_interrupt_token");
    }
    assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
  });

  it("does not work across daemons: another home has another secret", { skip: needsOwnDaemon() }, async () => {
    const other = await startDaemon();
    try {
      const token = await tokenOf(host.client, await waitingRun(host.client, "conformance-approval"));
      const elsewhere = host.client.as(other.key);
      const foreign = await elsewhere.anonymous("GET", `/v1/interrupts/${token}`);
      assert.equal(foreign.status, 200, "at home it is known");
      const away = await new Client(other.url, other.key).anonymous("GET", `/v1/interrupts/${token}`);
      assertRefused(away, 404, "invalid_interrupt_token");
    } finally {
      await other.dispose();
    }
  });

  it("cannot answer where a person must be known", async () => {
    await host.client.register(authRequired);
    const runId = await waitingRun(host.client, authRequired.id);
    const token = await tokenOf(host.client, runId);
    assert.equal((await host.client.anonymous("GET", `/v1/interrupts/${token}`)).status, 200);
    assertRefused(await answerByToken(host.client, token, accept), 403, "forbidden");
    assert.equal((await host.client.answer(runId, "gate", accept)).status, 200);
  });

  it("is never written to the log", async () => {
    const runId = await waitingRun(host.client, "conformance-approval");
    const token = await tokenOf(host.client, runId);
    await answerByToken(host.client, token, accept);
    await host.client.ended(runId);
    const log = JSON.stringify(await host.client.log(runId));
    assert.ok(!log.includes(token) && !log.includes((token.split(".")[1] as string).slice(0, 20)));
  });
});
