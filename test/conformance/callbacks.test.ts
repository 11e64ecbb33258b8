// A run created with a `callbackUrl` tells that URL of its questions, with a signed link to answer
// (runs.md §2.1, interrupts-conversations.md §7). On loopback only because a test switch allows private addresses.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { within } from "../support/daemon.ts";
import { ownFixtures } from "../support/paths.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

interface Call {
  path: string;
  headers: http.IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the host sends
  body: any;
}

const DEADLINE_MS = 8_000;

describe("an interrupt callback", { skip: needsOwnDaemon() }, () => {
  const options = { fixtures: ownFixtures, seams: true };
  const open = useDaemon({ ...options, env: { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" } });
  const closed = useDaemon(options);
  const receiver = useReceiver();

  it("brings the question and a link that answers it", async () => {
    const call = receiver.next("/told");
    const runId = await open.client.createRun("conformance-approval", { body: { callbackUrl: receiver.url("/told") } });
    const { body } = await within(call, DEADLINE_MS, () => "nobody called");
    assert.equal(body.runId, runId);
    assert.equal(body.nodeId, "gate");
    assert.equal(body.kind, "approval");
    const { pathname } = new URL(body.callbackUrl);
    const answer = await open.client.anonymous("POST", pathname, { body: { resumeValue: { action: "accept" } } });
    assert.equal(answer.status, 200);
    assert.equal(await open.client.ended(runId), "completed");
  });

  it("never carries the operator's key, and the log never carries the link", async () => {
    const call = receiver.next("/secret");
    const runId = await open.client.createRun("conformance-approval", {
      body: { callbackUrl: receiver.url("/secret") },
    });
    const { headers, body } = await within(call, DEADLINE_MS, () => "nobody called");
    assert.ok(!JSON.stringify({ headers, body }).includes(open.client.key));
    assert.ok(!JSON.stringify(await open.client.log(runId)).includes(body.interruptToken));
  });

  it("is tried again when the receiver was not ready, under the same key", async () => {
    const first = receiver.next("/busy", 503);
    await open.client.createRun("conformance-approval", { body: { callbackUrl: receiver.url("/busy") } });
    const refused = await within(first, DEADLINE_MS, () => "nobody called");
    const second = await within(receiver.next("/busy"), DEADLINE_MS, () => "nobody called again");
    assert.equal(second.body.interruptId, refused.body.interruptId);
    assert.equal(second.headers["idempotency-key"], refused.headers["idempotency-key"]);
  });

  it("does not follow redirects", async () => {
    const call = receiver.next("/moved", 302);
    const runId = await open.client.createRun("conformance-approval", {
      body: { callbackUrl: receiver.url("/moved") },
    });
    await within(call, DEADLINE_MS, () => "nobody called");
    await open.client.answer(runId, "gate", { action: "accept" });
    assert.equal(await open.client.ended(runId), "completed");
    assert.equal(receiver.count("/elsewhere"), 0);
  });

  it("does not reach into this machine without the switch; the run waits all the same", async () => {
    const body = { callbackUrl: receiver.url("/private") };
    const response = await closed.client.post("/v1/runs", { workflowId: "conformance-approval", ...body });
    if (response.status === 201) {
      assert.equal(await closed.client.settled(response.body.runId), "waiting-approval");
      // Something that happens later on the same host: had the callback been sent, it would be here by now.
      await closed.client.ended(await closed.client.createRun("conformance-delay", { inputs: { delayMs: 500 } }));
    } else {
      assert.equal(response.status, 400);
    }
    assert.equal(receiver.count("/private"), 0);
  });
});

interface Receiver {
  url(path: string): string;
  /** The next call of a path; it is answered with `status`. */
  next(path: string, status?: number): Promise<Call>;
  count(path: string): number;
}

function useReceiver(): Receiver {
  const waiting = new Map<string, { status: number; resolve: (call: Call) => void }>();
  const counts = new Map<string, number>();
  const server = http.createServer(async (request, response) => {
    const path = request.url ?? "";
    counts.set(path, (counts.get(path) ?? 0) + 1);
    const body = JSON.parse(await text(request)) as unknown;
    const waiter = waiting.get(path);
    waiting.delete(path);
    response.writeHead(waiter?.status ?? 204, { location: "/elsewhere", "retry-after": "0" }).end();
    waiter?.resolve({ path, headers: request.headers, body });
  });
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: (path) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    next: (path, status = 204) => new Promise((resolve) => waiting.set(path, { status, resolve })),
    count: (path) => counts.get(path) ?? 0,
  };
}
