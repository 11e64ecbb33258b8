// Deliveries: what goes out, to whom, in which order, and what happens when it does not arrive
// (streams-webhooks.md §4.3-§4.9). On loopback only because a test switch allows private addresses.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { deliveryNonce, verifyWebhook } from "#protocol/webhook-signature.ts";
import { Client } from "../support/client.ts";
import { startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { ownFixtures } from "../support/paths.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";
import { judged, WebhookReceiver } from "../support/webhook-receiver.ts";

const skip = needsOwnDaemon();
const everything = ["run.started", "node.started", "node.completed", "run.completed"];

describe("a webhook delivery", { skip }, () => {
  const host = useDaemon({ fixtures: ownFixtures, seams: true, env: { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" } });
  const receiver = new WebhookReceiver();
  before(() => receiver.listen());
  after(() => receiver.close());

  interface Registered {
    webhookId: string;
    secret: string;
  }

  async function register(path: string, events: string[], more: object = {}): Promise<Registered> {
    const { status, body } = await host.client.post("/v1/webhooks", { url: receiver.url(path), events, ...more });
    assert.equal(status, 201);
    return body;
  }

  const remove = (id: string) => host.client.call("DELETE", `/v1/webhooks/${id}`);

  it("is signed, and says what the log says, within half a second of the event", async () => {
    const { webhookId, secret } = await register("/signed", ["run.completed"]);
    const runId = await host.client.createRun("conformance-noop");
    await host.client.ended(runId);
    const endedAtMs = Date.now();
    const [delivery] = await receiver.until("/signed", 1);
    assert.ok(delivery);
    assert.ok(delivery.atMs - endedAtMs < 500, `it took ${delivery.atMs - endedAtMs} ms`);
    const verdict = judged(delivery, secret);
    assert.equal(verdict.verdict, "accepted");
    const last = (await host.client.log(runId)).at(-1);
    const { runId: told, workspaceId, type, eventId, sequence, timestamp, event } = delivery.body;
    assert.deepEqual(event, last);
    assert.deepEqual([told, workspaceId, type], [runId, "default", "run.completed"]);
    assert.deepEqual([eventId, sequence, timestamp], [last?.eventId, last?.sequence, last?.timestamp]);
    const { headers } = delivery;
    assert.equal(headers["content-type"], "application/json");
    assert.match(String(headers["user-agent"]), /^openwop-webhook-dispatcher\/\d/);
    assert.match(String(headers["x-openwop-signature"]), /^sha256=[0-9a-f]{64}$/);
    assert.match(String(headers["x-openwop-timestamp"]), /^\d{10}$/);
    assert.equal(headers["x-openwop-webhook-id"], webhookId);
    assert.equal(headers["x-openwop-event-type"], "run.completed");
    assert.equal(headers["x-openwop-signature-algorithm"], "v1");
    for (const name of ["webhook-id", "event-type", "timestamp", "signature", "signature-algorithm"]) {
      assert.equal(headers[`openwop-${name}`], headers[`x-openwop-${name}`], name);
    }
    assert.equal(headers["openwop-delivery-nonce"], deliveryNonce(webhookId, eventId));
    assert.ok(!("x-openwop-subscription-id" in headers) && !("x-openwop-signature-timestamp" in headers));
    assert.ok(!JSON.stringify(delivery).includes(host.client.key));
    await remove(webhookId);
  });

  it("belongs to the trace of its run", async () => {
    const { webhookId } = await register("/traced", ["run.completed"]);
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    await host.client.createRun("conformance-noop", { headers });
    const [delivery] = await receiver.until("/traced", 1);
    assert.match(String(delivery?.headers.traceparent), new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    await remove(webhookId);
  });

  it("comes once for every event that was asked for, in the order of the log", async () => {
    const { webhookId } = await register("/ordered", everything);
    const runId = await host.client.createRun("conformance-noop");
    await host.client.ended(runId);
    const wanted = (await host.client.log(runId)).filter(({ type }) => everything.includes(type));
    await receiver.until("/ordered", wanted.length);
    await host.client.ended(await host.client.createRun("conformance-noop"));
    const got = (await receiver.until("/ordered", wanted.length * 2)).filter(({ body }) => body.runId === runId);
    assert.deepEqual(
      got.map(({ body }) => body.event),
      wanted,
    );
    await remove(webhookId);
  });

  it("comes only for runs that share a tag, where tags were given", async () => {
    const { webhookId } = await register("/tagged", ["run.completed"], { tags: ["red", "blue"] });
    const tagged = (tags: string[]) => host.client.createRun("conformance-noop", { body: { tags } });
    for (const tags of [[], ["green"]]) await host.client.ended(await tagged(tags));
    const wanted = [await tagged(["green", "blue"]), await tagged(["red"])];
    const got = await receiver.until("/tagged", 2);
    assert.deepEqual(got.map(({ body }) => body.runId).sort(), wanted.sort());
    await remove(webhookId);
  });

  it("goes to every webhook that wants the event, each signed with its own secret", async () => {
    const first = await register("/both", ["run.completed"]);
    const second = await register("/both", ["run.completed"]);
    await host.client.createRun("conformance-noop");
    const deliveries = await receiver.until("/both", 2);
    for (const { webhookId, secret } of [first, second]) {
      const own = deliveries.find(({ headers }) => headers["x-openwop-webhook-id"] === webhookId);
      assert.ok(own);
      assert.equal(judged(own, secret).verdict, "accepted");
      await remove(webhookId);
    }
  });

  it("stops with the webhook", async () => {
    const { webhookId } = await register("/removed", ["run.completed"]);
    const kept = await register("/kept", ["run.completed"]);
    await remove(webhookId);
    await host.client.createRun("conformance-noop");
    await receiver.until("/kept", 1);
    assert.equal(receiver.got("/removed").length, 0);
    await remove(kept.webhookId);
  });

  it("shows sensitive values masked, as the log does", async () => {
    const { webhookId } = await register("/masked", ["variable.changed", "node.completed"]);
    const secret = "hunter2-hunter2";
    const definition = workflow("masked-values", {
      nodes: [{ id: "set", typeId: "core.setVariable", config: { name: "password", value: secret } }],
      variables: [{ name: "password", type: "string", sensitive: true }],
    });
    assert.equal((await host.client.post("/v1/workflows", definition)).status, 201);
    const runId = await host.client.createRun("masked-values");
    assert.equal(await host.client.ended(runId), "completed");
    const told = (await host.client.log(runId)).filter(({ type }) => /^(variable.changed|node.completed)$/.test(type));
    const deliveries = await receiver.until("/masked", told.length);
    assert.deepEqual(
      deliveries.map(({ body }) => body.event),
      told,
    );
    assert.match(JSON.stringify(told), /REDACTED/);
    assert.ok(!deliveries.some(({ rawBody }) => rawBody.includes(secret)));
    await remove(webhookId);
  });

  it("is never seen by a paused webhook until it is resumed; then nothing is missing", async () => {
    const { webhookId } = await register("/paused", ["run.completed"]);
    const path = `/v1/trigger-subscriptions/${webhookId}`;
    await host.client.call("PATCH", path, { body: { state: "paused" } });
    const witness = await register("/witness", ["run.completed"]);
    const runIds = [await host.client.createRun("conformance-noop"), await host.client.createRun("conformance-noop")];
    await receiver.until("/witness", 2);
    assert.equal(receiver.got("/paused").length, 0);
    await host.client.call("PATCH", path, { body: { state: "active" } });
    const got = await receiver.until("/paused", 2);
    assert.deepEqual(got.map(({ body }) => body.runId).sort(), runIds.sort());
    await remove(webhookId);
    await remove(witness.webhookId);
  });

  it("is recorded, and readable without anything of its content", async () => {
    const { webhookId, secret } = await register("/recorded", ["run.completed"]);
    const runId = await host.client.createRun("conformance-noop");
    await receiver.until("/recorded", 1);
    const { body, text } = await recorded(webhookId, (list) => list.length === 1);
    const [delivery] = body.deliveries;
    assert.deepEqual([delivery.outcome, delivery.attempt, delivery.runId], ["delivered", 1, runId]);
    assert.deepEqual([delivery.subscriptionId, delivery.status], [webhookId, 204]);
    assert.equal(delivery.dedupKey, receiver.got("/recorded")[0]?.headers["openwop-delivery-nonce"]);
    for (const name of ["body", "headers", "payload", "secret", "credentials", "token", "apiKey"]) {
      assert.ok(!(name in delivery), name);
    }
    assert.ok(!text.includes(secret));
    const read = await host.client.get(`/v1/trigger-subscriptions/${webhookId}`);
    assert.deepEqual(read.body.deliveries, [delivery]);
    await remove(webhookId);
  });

  async function recorded(webhookId: string, isThere: (list: unknown[]) => boolean) {
    const until = Date.now() + 5_000;
    for (;;) {
      const answer = await host.client.get(`/v1/host/parley/webhooks/${webhookId}/deliveries`);
      if (isThere(answer.body.deliveries)) return answer;
      if (Date.now() > until) throw new Error(`the records stayed ${answer.text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  for (const { name, path, answer } of [
    { name: "an error", path: "/error", answer: 503 },
    { name: "a refusal", path: "/refusal", answer: 401 },
    { name: "a redirect, which is not followed", path: "/redirect", answer: 302 },
    { name: "a broken connection", path: "/broken", answer: "drop" },
  ] as const) {
    it(`is tried again after ${name}, with the same event, nonce and delivery id, freshly signed`, async () => {
      receiver.answer(path, (call) => (call === 1 ? answer : 200));
      const { webhookId, secret } = await register(path, ["run.completed"]);
      await host.client.createRun("conformance-noop");
      const [first, second] = await receiver.until(path, 2);
      assert.ok(first && second);
      assert.equal(second.rawBody, first.rawBody);
      assert.equal(second.headers["openwop-delivery-nonce"], first.headers["openwop-delivery-nonce"]);
      assert.ok(second.atMs - first.atMs >= 950, "the first wait is a second");
      for (const delivery of [first, second]) assert.equal(judged(delivery, secret).verdict, "accepted");
      const { body } = await recorded(webhookId, (list) => list.length === 2);
      const [later, earlier] = body.deliveries;
      assert.deepEqual([earlier.outcome, earlier.attempt], ["retrying", 1]);
      assert.deepEqual([later.outcome, later.attempt], ["delivered", 2]);
      assert.equal(later.deliveryId, earlier.deliveryId);
      assert.ok(earlier.error);
      assert.equal(receiver.got("/elsewhere").length, 0);
      await remove(webhookId);
    });
  }

  it("gives up an attempt after five seconds", async () => {
    receiver.answer("/hangs", (call) => (call === 1 ? "hang" : 200));
    const { webhookId } = await register("/hangs", ["run.completed"]);
    await host.client.createRun("conformance-noop");
    const [first, second] = await receiver.until("/hangs", 2);
    assert.ok(first && second);
    const tookMs = second.atMs - first.atMs;
    assert.ok(tookMs >= 5_900 && tookMs < 8_000, `the next attempt came after ${tookMs} ms`);
    await remove(webhookId);
  });

  it("never holds up a run, nor another webhook, nor another run of the same webhook", async () => {
    receiver.answer("/stuck", (call) => (call === 1 ? "hang" : 200));
    const stuck = await register("/stuck", ["run.completed"]);
    const free = await register("/free", ["run.completed"]);
    const runId = await host.client.createRun("conformance-noop");
    assert.equal(await host.client.ended(runId), "completed");
    await receiver.until("/free", 1, 2_000);
    const next = await host.client.createRun("conformance-noop");
    const [, second] = await receiver.until("/stuck", 2, 2_000);
    assert.equal(second?.body.runId, next);
    await remove(stuck.webhookId);
    await remove(free.webhookId);
  });

  it("holds back the later events of a run until the earlier one has arrived", async () => {
    receiver.answer("/in-order", (call) => (call === 1 ? 500 : 200));
    const { webhookId } = await register("/in-order", ["run.started", "run.completed"]);
    await host.client.createRun("conformance-noop");
    const types = (await receiver.until("/in-order", 3)).map(({ body }) => body.type);
    assert.deepEqual(types, ["run.started", "run.started", "run.completed"]);
    await remove(webhookId);
  });

  it("stops going out when four attempts in a row have failed, but for one that tries on", async () => {
    receiver.answer("/down", () => 500);
    const { webhookId } = await register("/down", ["run.completed"]);
    for (let run = 0; run < 4; run += 1) await host.client.createRun("conformance-noop");
    await receiver.until("/down", 4);
    await recorded(webhookId, (list) => list.length >= 4);
    const late = [await host.client.createRun("conformance-noop"), await host.client.createRun("conformance-noop")];
    const [, , , , probe, again] = await receiver.until("/down", 6);
    assert.equal(probe?.body.runId, again?.body.runId, "one delivery is the probe");
    for (const runId of late) assert.ok(!receiver.got("/down").some(({ body }) => body.runId === runId), runId);
    receiver.answer("/down", () => 200);
    const all = await receiver.until("/down", 6 + 1 + 5);
    const told = new Set(all.slice(6).map(({ body }) => body.runId));
    assert.equal(told.size, 6, "when the probe succeeds everything that waited goes out");
    await remove(webhookId);
  });

  it("is never made for a run that replays another one; a branch is told like any run", async () => {
    const { webhookId } = await register("/forks", everything);
    const sourceId = await host.client.createRun("conformance-noop");
    await host.client.ended(sourceId);
    const told = (await host.client.log(sourceId)).filter(({ type }) => everything.includes(type));
    await receiver.until("/forks", told.length);
    const fork = async (body: object): Promise<string> => {
      const response = await host.client.post(`/v1/runs/${sourceId}:fork`, body);
      assert.equal(response.status, 201, response.text);
      await host.client.ended(response.body.runId);
      return response.body.runId;
    };
    const replayId = await fork({ mode: "replay" });
    const branchId = await fork({ mode: "branch", fromSeq: 1 });
    const all = await receiver.until("/forks", told.length * 2);
    const typesOf = (runId: string) => all.filter(({ body }) => body.runId === runId).map(({ body }) => body.type);
    assert.deepEqual(typesOf(replayId), []);
    assert.equal(typesOf(branchId).at(-1), "run.completed");
    await remove(webhookId);
  });

  it("has a signature that nothing else would have", async () => {
    const { webhookId, secret } = await register("/tampered", ["run.completed"]);
    await host.client.createRun("conformance-noop");
    const [delivery] = await receiver.until("/tampered", 1);
    assert.ok(delivery);
    const { headers, rawBody, atMs: nowMs } = delivery;
    const tampered = rawBody.replace("run.completed", "run.cancelled");
    assert.equal(verifyWebhook({ secret, headers, rawBody: tampered, nowMs }).verdict, "refused");
    assert.equal(verifyWebhook({ secret: "0".repeat(64), headers, rawBody, nowMs }).verdict, "refused");
    await remove(webhookId);
  });
});

describe("a webhook's secret", { skip }, () => {
  const host = useDaemon({ fixtures: ownFixtures, seams: true, env: { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" } });

  it("stands in no log of the daemon, and is masked in events like any other secret", async () => {
    const { body } = await host.client.post("/v1/webhooks", {
      url: "http://127.0.0.1:9/in",
      events: ["run.completed"],
    });
    const runId = await host.client.createRun("conformance-identity", { inputs: { payload: { text: body.secret } } });
    await host.client.ended(runId);
    const events = JSON.stringify(await host.client.log(runId));
    assert.ok(!events.includes(body.secret));
    assert.match(events, /REDACTED:webhook/);
    await host.daemon.stop();
    const folder = path.join(host.daemon.home, "data", "logs");
    const logged = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));
    const text = [...logged, host.daemon.stderr()].join();
    assert.match(text, new RegExp(body.secretFingerprint), "the fingerprint stands for it");
    assert.ok(!text.includes(body.secret));
  });
});

describe("webhooks of a test", { skip }, () => {
  it("are gone when the switch for private addresses is off", async () => {
    const first = await startDaemon({ seams: true, env: { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" } });
    try {
      const client = new Client(first.url, first.key);
      const { body } = await client.post("/v1/webhooks", { url: "http://127.0.0.1:9/in", events: ["run.completed"] });
      await first.stop();
      const second = await startDaemon({ home: first.home, seams: true });
      try {
        const again = new Client(second.url, second.key);
        assert.deepEqual((await again.get("/v1/webhooks")).body.webhooks, []);
        assert.equal((await again.call("DELETE", `/v1/webhooks/${body.webhookId}`)).status, 404);
      } finally {
        await second.dispose();
      }
    } finally {
      await first.dispose();
    }
  });
});
