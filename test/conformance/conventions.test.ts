// What holds for all routes: the version in the path, what is not offered, and bodies that are too large (runs.md §1).

import assert from "node:assert/strict";
import http from "node:http";
import { describe, it } from "node:test";
import { assertEnvelope, assertRefused, type Client } from "../support/client.ts";
import { useDaemon } from "../support/suite.ts";

const host = useDaemon();
const nobody = "run_00000000000000000000000000";

it("a path without a version is refused, the host's own places are not", async () => {
  for (const path of [
    "/runs",
    `/runs/${nobody}`,
    "/workflows",
    "/interrupts/token",
    "/webhooks",
    "/v2/runs",
    "/v1x/runs",
  ]) {
    for (const method of ["GET", "POST"]) {
      assertRefused(await host.client.call(method, path), 400, "validation_error");
    }
  }
  for (const path of ["/", "/healthz", "/readyz", "/.well-known/openwop"]) {
    assert.equal((await host.client.anonymous("GET", path)).status, 200, path);
  }
  for (const path of ["/.well-known/agent-card.json", "/schemas/none", "/awp", "/oap", "/metrics"]) {
    assert.notEqual((await host.client.get(path)).status, 400, path);
  }
});

describe("a route that", () => {
  for (const { method, path, status, code } of [
    ...[
      ["GET", "/v1/agents"],
      ["GET", "/v1/agents/core.any"],
      ["GET", "/v1/agents/core.any/deployments"],
      ["GET", "/v1/agents/roster"],
      ["GET", "/v1/agents/org-chart"],
      ["GET", "/v1/tools"],
      ["GET", "/v1/tools/any"],
      ["GET", "/v1/audit/verify"],
      ["GET", "/v1/packs-test/a/-/1"],
      ["GET", `/v1/runs/${nobody}/eval-summary`],
      ["POST", "/v1/mcp"],
      ["POST", "/v1/a2a"],
    ].map(([method, path]) => ({ method, path, status: 404, code: "not_found" })),
    ...[
      ["GET", "/v1/prompts"],
      ["POST", "/v1/prompts"],
      ["GET", "/v1/prompts/any"],
      ["PUT", "/v1/prompts/any"],
      ["DELETE", "/v1/prompts/any"],
      ["POST", "/v1/prompts:render"],
      ["GET", "/v1/host/workspace/files"],
      ["GET", "/v1/host/workspace/files/a/b.md"],
      ["PUT", "/v1/host/workspace/files/a/b.md"],
      ["GET", "/v1/content/pages"],
      ["POST", "/v1/trigger-subscriptions"],
    ].map(([method, path]) => ({ method, path, status: 501, code: "capability_not_provided" })),
  ] as { method: string; path: string; status: number; code: string }[]) {
    it(`is not offered, and says so in its gate's way: ${method} ${path} is ${status}`, async () => {
      assertRefused(await host.client.call(method, path), status, code);
      assert.equal((await host.client.anonymous(method, path)).status, 401, "the credential comes first");
    });
  }
});

describe("a body", () => {
  it("is refused by its announced length alone: nothing of it is waited for", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    const answer = await announced(host.client, body.limits.maxRequestBodyBytes + 1);
    assert.equal(answer.status, 413);
    assertEnvelope(JSON.parse(answer.text));
    assert.equal(JSON.parse(answer.text).error, "payload_too_large");
  });

  for (const path of ["/v1/runs", "/v1/workflows"]) {
    it(`that is too large for ${path} is 413`, async () => {
      const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
      const text = JSON.stringify({ text: "x".repeat(body.limits.maxRequestBodyBytes) });
      assertRefused(await host.client.call("POST", path, { text }), 413, "payload_too_large");
    });
  }
});

/** Announces a body and sends none of it; the answer, which must come all the same. */
function announced({ url, key }: Client, contentLength: number): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "content-length": contentLength,
    };
    const outgoing = http.request(`${url}/v1/runs`, { method: "POST", headers, agent: false }, (incoming) => {
      let text = "";
      incoming.on("data", (chunk) => {
        text += chunk;
      });
      incoming.on("end", () => {
        outgoing.destroy();
        resolve({ status: incoming.statusCode ?? 0, text });
      });
    });
    outgoing.setTimeout(5_000, () => outgoing.destroy(new Error("it waits for the body")));
    outgoing.on("error", reject);
    outgoing.flushHeaders();
  });
}
