// A short campaign of `npm run fuzz` with a fixed seed; and that the campaign notices what it is there to notice.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { createRandom } from "../../bench/chaos/random.ts";
import { fuzz, type Target } from "../../bench/fuzz/campaign.ts";
import { openTarget } from "../../bench/fuzz/target.ts";

const say = () => undefined;

describe("mutated requests and random documents", () => {
  let opened: Awaited<ReturnType<typeof openTarget>>;
  before(async () => {
    opened = await openTarget();
  });
  after(() => opened?.stop());

  it("get planned answers only, in time, and leave the store in order", async () => {
    const report = await fuzz(opened.target, { requests: 1_500, documents: 200 }, createRandom(4), say);
    assert.deepEqual(report.findings, []);
    assert.ok(report.accepted > 10, "some documents are good enough to be run");
    assert.ok(Object.keys(report.statuses).length > 5, "answers of many kinds");
  });
});

describe("the campaign", () => {
  const cases: { name: string; status: number; body: string; finding: RegExp }[] = [
    { name: "an unplanned 500", status: 500, body: envelope("boom"), finding: /answered 500/ },
    { name: "a refusal without the envelope", status: 400, body: "no", finding: /no envelope/ },
    { name: "what belongs to another tenant", status: 200, body: '{"a":"theirs-1"}', finding: /another tenant/ },
    { name: "a 503 that does not say when", status: 503, body: envelope("later"), finding: /answered 503/ },
  ];
  for (const { name, status, body, finding } of cases) {
    it(`notices ${name}`, async () => {
      const server = http.createServer((request, response) => {
        request.resume();
        response.writeHead(status, { "content-type": "application/json" }).end(body);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const routes = [{ method: "GET", path: "/v1/runs/{runId}", parameters: [] }];
      const target: Target = { url, key: "k", routes, ids: ["run_1"], canary: "theirs-1" };
      try {
        const { findings } = await fuzz(target, { requests: 20, documents: 0 }, createRandom(1), say);
        assert.ok(
          findings.some((found) => finding.test(found)),
          findings.join("\n"),
        );
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  }
});

function envelope(error: string): string {
  return JSON.stringify({ error, message: error });
}
