import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { deliveryNonce, signatureOf } from "#protocol/webhook-signature.ts";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { always, inTurn, openDouble, refuse } from "./support/double.ts";

const listed = {
  webhookId: "wh_1",
  url: "https://hooks.example.com/in",
  events: ["run.completed"],
  tenantId: "default",
  createdAt: "2026-01-02T03:04:05.678Z",
  algorithm: "v1",
  secretFingerprint: "0badcafe",
  state: "dead-lettered",
  reason: "retry-exhausted",
};

describe("parley webhooks", () => {
  it("list shows them and how they are", async (t) => {
    const double = await openDouble(t, { "GET /v1/webhooks": always({ webhooks: [listed] }) });
    const home = makeHome(t, double.url);
    const { code, out } = await cli(["webhooks", "list"], { home });
    assert.equal(code, 0);
    assert.match(out, /^wh_1 +dead-lettered \(retry-exhausted\) +https:\/\/hooks.example.com\/in +run.completed/m);
    assert.deepEqual(jsonLines((await cli(["webhooks", "list", "--json"], { home })).out), [listed]);
  });

  it("list shows which tags a run must have", async (t) => {
    const tagged = { ...listed, tags: ["nightly", "billing"] };
    const double = await openDouble(t, { "GET /v1/webhooks": always({ webhooks: [listed, tagged] }) });
    const { out } = await cli(["webhooks", "list"], { home: makeHome(t, double.url) });
    const [head, all, some] = out.split("\n");
    assert.match(head ?? "", / EVENTS +TAGS +SECRET /);
    assert.match(all ?? "", / run\.completed +0badcafe /);
    assert.match(some ?? "", / run\.completed +nightly,billing +0badcafe /);
  });

  it("add sends what was asked for under a key, and shows the secret", async (t) => {
    const added = { ...listed, state: "active", secret: "5ec2e7".repeat(10), warnings: ["This host never writes x."] };
    const double = await openDouble(t, { "POST /v1/webhooks": always(added, 201) });
    const home = makeHome(t, double.url);
    const line = ["webhooks", "add", listed.url, "--events", "run.completed, run.failed", "--tag", "a,b"];
    const { code, out, err } = await cli(line, { home });
    assert.equal(code, 0);
    assert.ok(out.includes(added.secret) && out.includes("wh_1"));
    assert.match(err, /never writes x/);
    const [request] = double.to("/v1/webhooks");
    assert.deepEqual(request?.body, { url: listed.url, events: ["run.completed", "run.failed"], tags: ["a", "b"] });
    assert.ok(request?.headers["idempotency-key"]);
  });

  it("add needs to know which events", async (t) => {
    const { code, err } = await cli(["webhooks", "add", listed.url], { home: makeHome(t, "http://127.0.0.1:9") });
    assert.equal(code, 2);
    assert.match(err, /--events is needed/);
  });

  it("remove says so, and ends with 1 when there was none", async (t) => {
    const gone = { error: "subscription_not_found", message: "No such subscription." };
    const double = await openDouble(t, {
      "DELETE /v1/webhooks/wh_1": inTurn(
        (_request, response) => void response.writeHead(204).end(),
        (_request, response) => refuse(response, 404, gone),
      ),
    });
    const home = makeHome(t, double.url);
    assert.deepEqual(await cli(["webhooks", "remove", "wh_1"], { home }), { code: 0, out: "wh_1  removed\n", err: "" });
    assert.notEqual((await cli(["webhooks", "remove", "wh_1"], { home })).code, 0);
  });

  it("deliveries lists attempts, or the dead letters alone", async (t) => {
    const delivery = {
      deliveryId: "dlv_1",
      subscriptionId: "wh_1",
      dedupKey: "k",
      attempt: 8,
      outcome: "dead-lettered",
      runId: "run_1",
      eventId: "evt_1",
      eventType: "run.completed",
      sequence: 3,
      at: "2026-01-02T03:04:05.678Z",
      error: "the receiver answered 500",
    };
    const path = "/v1/host/parley/webhooks/wh_1/deliveries";
    const double = await openDouble(t, { [`GET ${path}`]: always({ deliveries: [delivery] }) });
    const home = makeHome(t, double.url);
    const { out } = await cli(["webhooks", "deliveries", "wh_1", "--dead"], { home });
    assert.match(
      out,
      /^2026-01-02 03:04:05Z +dead-lettered +8 +run_1 +run.completed +dlv_1 +the receiver answered 500$/m,
    );
    assert.equal(double.to(path)[0]?.query.get("outcome"), "dead-lettered");
    await cli(["webhooks", "deliveries", "wh_1"], { home });
    assert.equal(double.to(path)[1]?.query.get("outcome"), null);
  });

  it("redrive asks until nothing is left", async (t) => {
    const path = "/v1/host/parley/webhooks/wh_1/redrive";
    const answer = (redriven: number, remaining: boolean) => ({
      webhookId: "wh_1",
      state: "active",
      redriven,
      remaining,
    });
    const double = await openDouble(t, {
      [`POST ${path}`]: inTurn(always(answer(100, true)), always(answer(7, false))),
    });
    const home = makeHome(t, double.url);
    assert.equal((await cli(["webhooks", "redrive", "wh_1"], { home })).out, "wh_1  active  107 delivered again\n");
    await cli(["webhooks", "redrive", "wh_1", "--delivery", "dlv_1"], { home });
    assert.deepEqual(double.to(path).at(-1)?.body, { deliveryId: "dlv_1" });
  });
});

describe("parley webhooks verify", () => {
  const secret = "5ec2e7".repeat(10);
  const at = 1_782_813_600;
  const body = JSON.stringify({ runId: "run_1", type: "run.completed", eventId: "evt_9", note: "ü\r\n\r\n" });
  const headers = [
    "X-openwop-Webhook-Id: wh_1",
    `X-openwop-Timestamp: ${at}`,
    `X-openwop-Signature: sha256=${signatureOf(secret, at, body)}`,
    `OpenWOP-Delivery-Nonce: ${deliveryNonce("wh_1", "evt_9")}`,
  ];
  const request = (lines: string[], eol: string) => `${lines.join(eol)}${eol}${eol}${body}`;

  function prepared(t: TestContext): string {
    const home = makeHome(t);
    writeFileSync(join(home, "hook.secret"), `${secret}\n`);
    return home;
  }
  const line = ["webhooks", "verify", "--secret-file", "hook.secret", "--at", String(at)];

  for (const { name, stdin } of [
    {
      name: "as it went over the line",
      stdin: request(["POST /in HTTP/1.1", "Host: example.com", ...headers], "\r\n"),
    },
    { name: "as headers and body with plain line ends", stdin: request(headers, "\n") },
  ]) {
    it(`accepts a request ${name}`, async (t) => {
      const { code, out } = await cli(line, { home: prepared(t), stdin });
      assert.deepEqual([code, out], [0, "genuine: run.completed of run_1\n"]);
    });
  }

  it("accepts a body with headers from the command line, and reads files", async (t) => {
    const home = prepared(t);
    writeFileSync(join(home, "body.json"), body);
    const given = headers.flatMap((header) => ["--header", header]);
    const { code, out } = await cli([...line, "body.json", ...given, "--json"], { home });
    assert.equal(code, 0);
    assert.deepEqual(jsonLines(out), [{ verdict: "accepted", nonce: deliveryNonce("wh_1", "evt_9") }]);
  });

  it("refuses with 1 and says why, without a word of the secret", async (t) => {
    const stdin = request(headers, "\n").replace("run.completed", "run.cancelled");
    const { code, out, err } = await cli(line, { home: prepared(t), stdin });
    assert.equal(code, 1);
    assert.match(err, /signature_mismatch/);
    assert.ok(!(out + err).includes(secret));
  });

  it("judges the time by now when no other is given", async (t) => {
    const stdin = request(headers, "\n");
    const now = await cli(line.slice(0, 4), { home: prepared(t), stdin, wallMs: at * 1000 + 299_000 });
    assert.equal(now.code, 0);
    const late = await cli(line.slice(0, 4), { home: prepared(t), stdin, wallMs: at * 1000 + 301_000 });
    assert.equal(late.code, 1);
    assert.match(late.err, /stale_timestamp/);
  });

  for (const { name, args, stdin, says } of [
    { name: "no secret", args: ["webhooks", "verify"], stdin: request(headers, "\n"), says: /--secret-file is needed/ },
    { name: "a time that is none", args: [...line.slice(0, 4), "--at", "noon"], stdin: "", says: /--at must be/ },
    { name: "input without headers", args: line, stdin: body.replaceAll("\r\n", ""), says: /no empty line/ },
    { name: "a header that is none", args: [...line, "--header", "nonsense"], stdin: body, says: /is no header/ },
  ]) {
    it(`ends with 2 for ${name}`, async (t) => {
      const { code, err } = await cli(args, { home: prepared(t), stdin });
      assert.equal(code, 2);
      assert.match(err, says);
    });
  }
});
