// Webhook routes: register, list, unregister, and their records (streams-webhooks.md §4.1, §4.2, §4.6; triggers-channels.md A2, A6).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { conforms } from "../support/schemas.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";

const url = "https://hooks.example.com/in";
const events = ["run.completed"];

describe("registering a webhook", () => {
  const host = useDaemon({ seams: true });

  it("answers an id and a secret that is shown this once", async () => {
    const { status, body, headers } = await host.client.post("/v1/webhooks", { url, events, tags: ["x"] });
    assert.equal(status, 201);
    assert.match(body.webhookId, /^wh_/);
    assert.match(body.secret, /^[0-9a-f]{64}$/);
    assert.equal(body.secretFingerprint, createHash("sha256").update(body.secret).digest("hex").slice(0, 8));
    assert.deepEqual([body.url, body.events, body.tags, body.algorithm], [url, events, ["x"], "v1"]);
    assert.equal(body.tenantId, "default");
    assert.ok(!Number.isNaN(Date.parse(body.createdAt)));
    assert.equal(headers["cache-control"], "no-store");
    const listed = await host.client.get("/v1/webhooks");
    assert.ok(!listed.text.includes(body.secret));
    assert.ok(listed.body.webhooks.some((one: { webhookId: string }) => one.webhookId === body.webhookId));
  });

  it("makes another webhook with another secret of the same URL: this is how secrets rotate", async () => {
    const first = (await host.client.post("/v1/webhooks", { url, events })).body;
    const second = (await host.client.post("/v1/webhooks", { url, events })).body;
    assert.notEqual(first.webhookId, second.webhookId);
    assert.notEqual(first.secret, second.secret);
  });

  it("repeats the first answer, the secret included, for the same Idempotency-Key", async () => {
    const options = { headers: { "idempotency-key": "webhook-1" }, body: { url, events } };
    const first = await host.client.call("POST", "/v1/webhooks", options);
    const second = await host.client.call("POST", "/v1/webhooks", options);
    assert.equal(first.status, 201);
    assert.equal(second.text, first.text);
    assert.equal(second.headers["openwop-idempotent-replay"], "true");
    const other = await host.client.call("POST", "/v1/webhooks", { ...options, body: { url, events: ["run.failed"] } });
    assert.deepEqual([other.status, other.body.error], [409, "idempotency_key_mismatch"]);
  });

  it("takes a type it does not know, and says so", async () => {
    const { status, body } = await host.client.post("/v1/webhooks", {
      url,
      events: ["acme.thing-happened", ...events],
    });
    assert.equal(status, 201);
    assert.equal(body.warnings.length, 1);
    assert.match(body.warnings[0], /acme\.thing-happened/);
  });

  for (const { name, body } of [
    { name: "no events", body: { url } },
    { name: "an empty list of events", body: { url, events: [] } },
    { name: "events by the old name", body: { url, eventTypes: events } },
    { name: "an event type that is none", body: { url, events: ["not a type"] } },
    { name: "events that are no list", body: { url, events: "run.completed" } },
    { name: "no url", body: { events } },
    { name: "a url that is no text", body: { url: 7, events } },
    { name: "a malformed url", body: { url: "hooks example", events } },
    { name: "a secret of the caller's", body: { url, events, secret: "s".repeat(32) } },
    { name: "tags that are no texts", body: { url, events, tags: [1] } },
  ]) {
    it(`refuses ${name} with validation_error`, async () => {
      const { status, body: answer } = await host.client.post("/v1/webhooks", body);
      assert.deepEqual([status, answer.error], [400, "validation_error"]);
    });
  }

  for (const refused of [
    "http://hooks.example.com/in",
    "ftp://hooks.example.com/in",
    "https://user:pass@hooks.example.com/in",
    "https://127.0.0.1/",
    "https://127.9.9.9:8443/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://[::1]/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://0.0.0.0/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a01:203]/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://a.localhost/",
    "https://printer.local/",
    "https://db.internal/",
    "https://metadata/",
    "https://metadata.google.internal/",
  ]) {
    it(`refuses ${refused} with webhook_url_rejected`, async () => {
      const { status, body } = await host.client.post("/v1/webhooks", { url: refused, events });
      assert.deepEqual([status, body.error], [400, "webhook_url_rejected"]);
    });
  }

  it("refuses a foreign tenant", async () => {
    const { status, body } = await host.client.post("/v1/webhooks", { url, events, tenantId: "somebody-else" });
    assert.deepEqual([status, body.error], [403, "tenant_membership_required"]);
  });

  it("takes the caller's own tenant", async () => {
    const { status } = await host.client.post("/v1/webhooks", { url, events, tenantId: "default" });
    assert.equal(status, 201);
  });

  it("wants a credential", async () => {
    const { status, body } = await host.client.anonymous("POST", "/v1/webhooks", { body: { url, events } });
    assert.deepEqual([status, body.error], [401, "unauthenticated"]);
  });

  it("says in discovery what it does", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    assert.deepEqual(body.webhooks, { supported: true, signatureAlgorithms: ["v1"], durable: true });
  });
});

describe("unregistering a webhook", () => {
  const host = useDaemon({ seams: true });
  const register = async () => (await host.client.post("/v1/webhooks", { url, events })).body.webhookId as string;

  it("answers 204 once, then subscription_not_found", async () => {
    const path = `/v1/webhooks/${await register()}`;
    assert.equal((await host.client.call("DELETE", path)).status, 204);
    const again = await host.client.call("DELETE", path);
    assert.deepEqual([again.status, again.body.error], [404, "subscription_not_found"]);
    const { body } = await host.client.get("/v1/webhooks");
    assert.ok(!body.webhooks.some(({ webhookId }: { webhookId: string }) => path.endsWith(webhookId)));
  });

  it("repeats 204 for the same Idempotency-Key", async () => {
    const path = `/v1/webhooks/${await register()}`;
    const options = { headers: { "idempotency-key": "gone" } };
    assert.equal((await host.client.call("DELETE", path, options)).status, 204);
    const again = await host.client.call("DELETE", path, options);
    assert.equal(again.status, 204);
    assert.equal(again.headers["openwop-idempotent-replay"], "true");
  });

  it("takes the caller's tenant, and refuses a foreign one before it looks for anything", async () => {
    const id = await register();
    for (const webhookId of [id, "wh_nothing"]) {
      const { status, body } = await host.client.call("DELETE", `/v1/webhooks/${webhookId}?tenantId=other`);
      assert.deepEqual([status, body.error], [403, "tenant_membership_required"]);
    }
    assert.equal((await host.client.call("DELETE", `/v1/webhooks/${id}?tenantId=default`)).status, 204);
  });

  it("answers 404 for what was never there", async () => {
    const { status, body } = await host.client.call("DELETE", "/v1/webhooks/wh_nothing");
    assert.deepEqual([status, body.error], [404, "subscription_not_found"]);
  });

  it("wants a credential", async () => {
    assert.equal((await host.client.anonymous("DELETE", "/v1/webhooks/wh_nothing")).status, 401);
  });
});

describe("a webhook as a trigger subscription", () => {
  const host = useDaemon({ seams: true });
  let webhook: { webhookId: string; secret: string; secretFingerprint: string };
  before(async () => {
    webhook = (await host.client.post("/v1/webhooks", { url, events })).body;
  });

  it("is listed as a record that fits the schema, with a fingerprint that is keyed by the host", async () => {
    const { status, body, text } = await host.client.get("/v1/trigger-subscriptions");
    assert.equal(status, 200);
    const record = body.subscriptions.find((one: { webhookId?: string }) => one.webhookId === webhook.webhookId);
    conforms("trigger-subscription", record);
    assert.equal(record.webhookId, webhook.webhookId);
    assert.deepEqual([record.source, record.state], ["webhook", "active"]);
    assert.deepEqual(record.retryPolicy, { maxAttempts: 8, backoff: "exponential" });
    const plain = createHash("sha256").update(webhook.secret).digest("hex");
    assert.ok(!plain.startsWith(record.secretFingerprint));
    assert.ok(!text.includes(webhook.secret));
  });

  it("is read with its deliveries", async () => {
    const { body } = await host.client.get(`/v1/trigger-subscriptions/${webhook.webhookId}`);
    conforms("trigger-subscription", body.subscription);
    assert.deepEqual(body.deliveries, []);
    const none = await host.client.get("/v1/trigger-subscriptions/wh_nothing");
    assert.deepEqual([none.status, none.body.error], [404, "not_found"]);
  });

  it("is paused and resumed by its operator, and both leave a record", async () => {
    const path = `/v1/trigger-subscriptions/${webhook.webhookId}`;
    const paused = await host.client.call("PATCH", path, { body: { state: "paused" } });
    assert.deepEqual([paused.status, paused.body.subscription.state], [200, "paused"]);
    assert.equal((await host.client.get(path)).body.subscription.state, "paused");
    const resumed = await host.client.call("PATCH", path, { body: { state: "active" } });
    assert.deepEqual([resumed.status, resumed.body.subscription.state], [200, "active"]);
    const { body } = await host.client.get(`/v1/host/parley/webhooks/${webhook.webhookId}/changes`);
    const shown = body.changes.map(({ at: _, ...change }: { at: string }) => change);
    const about = { subscriptionId: webhook.webhookId, source: "webhook" };
    assert.deepEqual(shown, [
      { ...about, fromState: "paused", toState: "active" },
      { ...about, fromState: "active", toState: "paused", reason: "operator-paused" },
    ]);
  });

  for (const { name, body } of [
    { name: "another state", body: { state: "failed" } },
    { name: "no state", body: {} },
    { name: "anything else", body: { state: "paused", url } },
  ]) {
    it(`refuses ${name}`, async () => {
      const path = `/v1/trigger-subscriptions/${webhook.webhookId}`;
      const answer = await host.client.call("PATCH", path, { body });
      assert.deepEqual([answer.status, answer.body.error], [400, "validation_error"]);
    });
  }

  it("is the only source there is: registering another one is not offered", async () => {
    const body = { source: "form", workflowId: "any" };
    const answer = await host.client.post("/v1/trigger-subscriptions", body);
    assert.deepEqual([answer.status, answer.body.error], [501, "capability_not_provided"]);
    const letters = await host.client.get(`/v1/trigger-subscriptions/${webhook.webhookId}/dead-letters`);
    assert.equal(letters.status, 404);
  });

  for (const { method, path } of [
    { method: "PATCH", path: "/v1/trigger-subscriptions/wh_nothing" },
    { method: "GET", path: "/v1/host/parley/webhooks/wh_nothing/deliveries" },
    { method: "GET", path: "/v1/host/parley/webhooks/wh_nothing/changes" },
    { method: "POST", path: "/v1/host/parley/webhooks/wh_nothing/redrive" },
  ]) {
    it(`answers 404 to ${method} ${path}`, async () => {
      const body = method === "PATCH" ? { state: "paused" } : {};
      assert.equal((await host.client.call(method, path, method === "GET" ? {} : { body })).status, 404);
    });
  }

  it("refuses a filter and a cursor that are none", async () => {
    const path = `/v1/host/parley/webhooks/${webhook.webhookId}/deliveries`;
    for (const query of ["outcome=lost", "cursor=nonsense", "limit=0"]) {
      const { status, body } = await host.client.get(`${path}?${query}`);
      assert.deepEqual([status, body.error], [400, "validation_error"], query);
    }
  });

  it("can be redriven when there is nothing to redrive", async () => {
    const { status, body } = await host.client.post(`/v1/host/parley/webhooks/${webhook.webhookId}/redrive`);
    assert.equal(status, 200);
    assert.deepEqual(body, { webhookId: webhook.webhookId, state: "active", redriven: 0, remaining: false });
    const one = await host.client.post(`/v1/host/parley/webhooks/${webhook.webhookId}/redrive`, {
      deliveryId: "dlv_x",
    });
    assert.deepEqual([one.status, one.body.error], [404, "not_found"]);
  });
});

describe("the switch for private addresses", { skip: needsOwnDaemon() }, () => {
  const receiver = new WebhookReceiver();
  before(() => receiver.listen());
  after(() => receiver.close());

  describe("without test seams", () => {
    const host = useDaemon({ env: { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" } });
    it("is not heard", async () => {
      const { status, body } = await host.client.post("/v1/webhooks", { url: receiver.url("/in"), events });
      assert.deepEqual([status, body.error], [400, "webhook_url_rejected"]);
    });
  });

  describe("with test seams", () => {
    const host = useDaemon({ seams: true, env: { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" } });
    it("allows plain http to loopback", async () => {
      assert.equal((await host.client.post("/v1/webhooks", { url: receiver.url("/in"), events })).status, 201);
    });
  });
});
