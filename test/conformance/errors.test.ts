// Every way a request can be wrong gets the closed envelope and the right status (runs.md §1, §16).
// The client checks the envelope of each answer; these cases check status and code.

import assert from "node:assert/strict";
import http from "node:http";
import { describe, it } from "node:test";
import { assertEnvelope, assertRefused } from "../support/client.ts";
import { useDaemon } from "../support/suite.ts";

const nobody = "run_00000000000000000000000000";
const KIB = 1024;

const host = useDaemon();

describe("errors of things that are not there", () => {
  for (const { method, path, code = "not_found" } of [
    { method: "GET", path: "/v1/nothing/here" },
    { method: "GET", path: `/v1/runs/${nobody}` },
    { method: "GET", path: `/v1/runs/${nobody}/events` },
    { method: "GET", path: `/v1/runs/${nobody}/events/poll` },
    { method: "POST", path: `/v1/runs/${nobody}/cancel` },
    { method: "POST", path: `/v1/runs/${nobody}:cancel` },
    { method: "GET", path: `/v1/runs/${nobody}/nothing` },
    { method: "GET", path: "/v1/workflows/nothing" },
    { method: "GET", path: "/v1/interrupts/nothing", code: "invalid_interrupt_token" },
    { method: "GET", path: `/v1/host/parley/runs/${nobody}/interrupts` },
    { method: "GET", path: "/v1/host/parley/threads/nothing" },
    { method: "GET", path: "/v1/host/parley/nothing" },
  ]) {
    it(`${method} ${path} is 404 ${code}`, async () => {
      assertRefused(await host.client.call(method, path), 404, code);
    });
  }
});

describe("errors of features this host does not advertise", () => {
  for (const { method, path, status } of [
    { method: "GET", path: "/v1/agents", status: [404] },
    { method: "GET", path: "/v1/agents/roster", status: [404] },
    { method: "GET", path: "/v1/tools", status: [404] },
    { method: "GET", path: "/v1/audit/verify", status: [404] },
    { method: "GET", path: `/v1/runs/${nobody}/ancestry`, status: [404] },
    { method: "GET", path: `/v1/runs/${nobody}:diff?against=x`, status: [404] },
    { method: "GET", path: "/v1/packs-test/a/-/1", status: [404] },
    { method: "GET", path: "/v1/prompts", status: [501] },
    { method: "POST", path: "/v1/prompts", status: [501] },
    { method: "GET", path: "/v1/prompts/greeting", status: [501] },
    { method: "PUT", path: "/v1/prompts/greeting", status: [501] },
    { method: "POST", path: "/v1/prompts:render", status: [501] },
    { method: "POST", path: "/v1/trigger-subscriptions", status: [501] },
    { method: "GET", path: "/v1/host/workspace/files", status: [501] },
    { method: "PUT", path: "/v1/host/workspace/files/a/b.md", status: [501] },
    { method: "GET", path: "/v1/content/pages", status: [501] },
  ]) {
    it(`${method} ${path} is ${status.join(" or ")}`, async () => {
      const response = await host.client.call(method, path);
      assert.ok(status.includes(response.status), `${response.status} ${response.text}`);
      assert.match(response.body.error, /^(not_found|capability_not_provided)$/);
    });
  }
});

describe("errors of a method that a path does not have", () => {
  for (const { method, path, allow } of [
    { method: "PUT", path: "/v1/runs", allow: ["GET", "POST"] },
    { method: "DELETE", path: `/v1/runs/${nobody}`, allow: ["GET"] },
    { method: "GET", path: `/v1/runs/${nobody}/cancel`, allow: ["POST"] },
    { method: "GET", path: `/v1/runs/${nobody}:cancel`, allow: ["POST"] },
    { method: "POST", path: `/v1/runs/${nobody}/events`, allow: ["GET"] },
    { method: "POST", path: `/v1/runs/${nobody}/events/poll`, allow: ["GET"] },
    { method: "GET", path: `/v1/runs/${nobody}/interrupts/gate`, allow: ["POST"] },
    { method: "DELETE", path: "/v1/interrupts/token", allow: ["GET", "POST"] },
    { method: "PATCH", path: "/v1/workflows", allow: ["GET", "POST"] },
    { method: "GET", path: "/v1/workflows:validate", allow: ["POST"] },
    { method: "DELETE", path: "/v1/workflows/x", allow: ["GET"] },
    { method: "POST", path: "/.well-known/openwop", allow: ["GET"] },
    { method: "POST", path: "/healthz", allow: ["GET"] },
    { method: "POST", path: "/v1/openapi.json", allow: ["GET"] },
    { method: "DELETE", path: "/v1/host/parley/threads", allow: ["GET"] },
    { method: "DELETE", path: "/v1/host/parley/threads/t/messages", allow: ["GET", "POST"] },
    { method: "POST", path: "/v1/host/parley/threads/t/stream", allow: ["GET"] },
    { method: "POST", path: "/v1/host/parley/interrupts", allow: ["GET"] },
    { method: "GET", path: "/v1/host/parley/admin/keys/rotate", allow: ["POST"] },
  ]) {
    it(`${method} ${path} is 405 and says what it has`, async () => {
      const response = await host.client.call(method, path);
      assertRefused(response, 405, "method_not_allowed");
      const offered = String(response.headers.allow)
        .split(/,\s*/)
        .filter((name) => name !== "HEAD" && name !== "OPTIONS");
      assert.deepEqual(offered.sort(), allow);
    });
  }

  it("points resuming through the events route to the interrupt route", async () => {
    const response = await host.client.post(`/v1/runs/${nobody}/events`, {});
    assert.match(String(response.body.details.use), /\/v1\/runs\/\{runId\}\/interrupts\/\{nodeId\}/);
  });
});

it("errors of a path without a version is 400", async () => {
  for (const [method, path] of [
    ["GET", "/runs"],
    ["POST", "/runs"],
    ["GET", "/workflows/x"],
    ["GET", "/v2/runs"],
  ] as const) {
    const response = await host.client.call(method, path);
    assert.equal(response.status, 400, `${method} ${path}: ${response.text}`);
  }
});

describe("errors of bodies", () => {
  const mutating = [
    "/v1/runs",
    `/v1/runs/${nobody}/cancel`,
    `/v1/runs/${nobody}/interrupts/gate`,
    "/v1/workflows",
    "/v1/workflows:validate",
    "/v1/host/parley/threads/t/messages",
  ];
  for (const path of mutating) {
    for (const text of ["{", '{"workflowId":}', "not json", '{"a":1}{"b":2}', "{'a':1}", '{"a":\u0000}']) {
      it(`${path}: ${JSON.stringify(text)} is no JSON: 400`, async () => {
        assertRefused(await host.client.call("POST", path, { text }), 400, "validation_error");
      });
    }

    for (const text of ["[]", '"text"', "7", "null", "true"]) {
      it(`${path}: ${text} is no object: 400`, async () => {
        const response = await host.client.call("POST", path, { text });
        // `null` may stand for an empty body, which a cancellation takes; validating may say so in its own way.
        if (text === "null" && path.endsWith("/cancel")) assert.ok([400, 404].includes(response.status));
        else if (response.status === 200 && path.endsWith(":validate")) assert.equal(response.body.valid, false);
        else assert.equal(response.status, 400, response.text);
      });
    }
  }

  it("of another content type are refused", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml"]) {
      const headers = { "content-type": type };
      const response = await host.client.call("POST", "/v1/runs", {
        text: '{"workflowId":"conformance-noop"}',
        headers,
      });
      assert.ok(response.status === 400 || response.status === 415, `${type}: ${response.status}`);
    }
  });

  it("with a charset or another case of application/json are read", async () => {
    for (const type of ["application/json; charset=utf-8", "Application/JSON"]) {
      const headers = { "content-type": type };
      const response = await host.client.call("POST", "/v1/runs", {
        text: '{"workflowId":"conformance-noop"}',
        headers,
      });
      assert.equal(response.status, 201, `${type}: ${response.text}`);
    }
  });

  it("may be as large as the advertised limit and not a byte more: 413", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    const limit = body.limits.maxRequestBodyBytes as number;
    const document = (size: number) => {
      const empty = JSON.stringify({ workflowId: "conformance-noop", inputs: { text: "" } });
      return empty.replace('""', `"${"x".repeat(size - empty.length)}"`);
    };
    assert.equal((await host.client.call("POST", "/v1/runs", { text: document(limit) })).status, 201);
    assertRefused(await host.client.call("POST", "/v1/runs", { text: document(limit + 1) }), 413, "payload_too_large");
  });

  it("too large without saying so beforehand (chunked) are refused too", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    const answer = await chunked(host.client.url, host.client.key, body.limits.maxRequestBodyBytes + 10 * KIB);
    assert.equal(answer.status, 413);
    assertEnvelope(JSON.parse(answer.text));
  });
});

it("errors of paths that cannot be decoded are no server errors", async () => {
  for (const path of ["/v1/runs/%", "/v1/runs/%ff", "/v1/workflows/%E0%A4%A", "/v1/runs/..%2f..%2fkey", "/v1/%00"]) {
    const response = await host.client.get(path);
    assert.ok(response.status === 400 || response.status === 404, `${path}: ${response.status}`);
  }
});

it("errors never tell what happened inside", async () => {
  for (const path of ["/v1/runs/%", "/v1/runs/' OR 1=1 --", "/v1/workflows/constructor", "/v1/runs/__proto__"]) {
    const { text } = await host.client.get(encodeURI(path));
    assert.doesNotMatch(text, /node_modules|\.ts:|\.js:|SQLITE|\bat .+\(|FST_ERR/);
  }
});

it("errors leave the host as it was: it still takes requests", async () => {
  const runId = await host.client.createRun("conformance-noop");
  assert.equal(await host.client.ended(runId), "completed");
});

/** Sends a body of unknown length until it is refused. */
function chunked(url: string, key: string, size: number): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const outgoing = http.request(`${url}/v1/runs`, { method: "POST", headers }, (incoming) => {
      let text = "";
      incoming.on("data", (chunk) => {
        text += chunk;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text }));
    });
    outgoing.on("error", reject);
    outgoing.write('{"workflowId":"conformance-noop","inputs":{"text":"');
    for (let sent = 0; sent < size; sent += KIB) outgoing.write("x".repeat(KIB));
    outgoing.end('"}}');
  });
}
