// Backpressure: bounds of what is under way, rate limits per key, and a flood (operations.md §1, runs.md §16.3, §16.4).

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { afterEach, describe, it } from "node:test";
import { assertRefused, type Client } from "../support/client.ts";
import type { Response } from "../support/http.ts";
import { ownFixtures } from "../support/paths.ts";
import { openStream, type SseStream } from "../support/sse.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

/** 503 as §16.4 wants it. */
function assertAtCapacity(answer: Response): void {
  assertRefused(answer, 503, "service_unavailable");
  const { retryAfter } = answer.body.details;
  assert.ok(Number.isInteger(retryAfter) && retryAfter >= 0 && retryAfter <= 86_400);
  assert.equal(answer.headers["retry-after"], String(retryAfter));
}

/** 429 as §16.3 wants it. */
function assertThrottled(answer: Response, scope: string): void {
  assertRefused(answer, 429, "rate_limited");
  assert.equal(answer.body.details.scope, scope);
  assert.ok(Number.isInteger(answer.body.details.retryAfterMs));
  const seconds = Number(answer.headers["retry-after"]);
  assert.equal(seconds, Math.ceil(answer.body.details.retryAfterMs / 1000));
}

/** Waits until the condition holds. */
async function until(what: string, holds: () => Promise<boolean> | boolean, deadlineMs = 10_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A request whose body never ends, until it is destroyed. */
function hanging({ url, key }: Client, contentLength: number): http.ClientRequest {
  const headers = {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    "content-length": contentLength,
  };
  const request = http.request(`${url}/v1/runs`, { method: "POST", headers, agent: false });
  request.on("error", () => undefined);
  request.write("{");
  return request;
}

describe("a host with room for three requests", { skip: needsOwnDaemon() }, () => {
  const cap = 3;
  const config = `limits:\n  maxInFlightRequests: ${cap}\n`;
  const host = useDaemon({ fixtures: ownFixtures, config });

  /** Long polls that hold a place each, until they are let go. */
  async function occupy(count: number): Promise<() => Promise<void>> {
    const runId = await host.client.createRun("conformance-approval");
    await host.client.settled(runId);
    const last = (await host.client.log(runId)).length - 1;
    const path = `/v1/runs/${runId}/events/poll?timeout=60&lastSequence=${last}`;
    const polls = Array.from({ length: count }, () => host.client.get(path));
    return async () => {
      // The answer needs a place of its own: it comes when one is free.
      await until("the run is cancelled", async () => {
        const answer = await host.client.post(`/v1/runs/${runId}/cancel`);
        return answer.status === 200;
      });
      for (const poll of polls) await poll;
    };
  }

  it("refuses the fourth with 503 and Retry-After, discovery and health excepted", async () => {
    const release = await occupy(cap - 1);
    // The third place is taken by a request that never ends its body.
    const third = hanging(host.client, 100);
    await until("the host is full", async () => (await host.client.get("/v1/runs")).status === 503);
    assertAtCapacity(await host.client.get("/v1/runs"));
    assertAtCapacity(await host.client.post("/v1/runs", { workflowId: "conformance-noop" }));
    for (const path of ["/.well-known/openwop", "/healthz", "/readyz", "/v1/openapi.json"]) {
      assert.equal((await host.client.anonymous("GET", path)).status, 200, path);
    }
    third.destroy();
    await until("a place is free again", async () => (await host.client.get("/v1/runs")).status === 200);
    await release();
  });

  it("refuses a caller without a credential the same way: nothing was looked at", async () => {
    const held = Array.from({ length: cap }, () => hanging(host.client, 100));
    await until("the host is full", async () => (await host.client.anonymous("GET", "/v1/runs")).status === 503);
    assertAtCapacity(await host.client.anonymous("GET", "/v1/runs"));
    for (const request of held) request.destroy();
    await until("places are free", async () => (await host.client.anonymous("GET", "/v1/runs")).status === 401);
  });

  it("counts nobody who has gone", async () => {
    const runId = await host.client.createRun("conformance-approval");
    await host.client.settled(runId);
    const last = (await host.client.log(runId)).length - 1;
    for (let at = 0; at < cap * 3; at += 1) {
      const gone = http.get(`${host.client.url}/v1/runs/${runId}/events/poll?timeout=60&lastSequence=${last}`, {
        headers: { authorization: `Bearer ${host.client.key}` },
      });
      gone.on("error", () => undefined);
      await new Promise((resolve) => gone.once("socket", (socket) => socket.once("connect", resolve)));
      gone.destroy();
    }
    await until("all places are free", async () => (await host.client.get("/v1/runs")).status === 200);
  });
});

describe("a host with room for 4 000 bytes of bodies", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon({ fixtures: ownFixtures, config: "limits:\n  maxInFlightBodyBytes: 4000\n" });

  it("takes one body of any size, and refuses what comes on top", async () => {
    const metadata = { text: "x".repeat(6_000) };
    const large = await host.client.post("/v1/runs", { workflowId: "conformance-noop", metadata });
    assert.equal(large.status, 201, large.text);
    const body = { workflowId: "conformance-noop", metadata: { text: "x".repeat(200) } };
    await until("the large body is gone", async () => (await host.client.post("/v1/runs", body)).status === 201);
    const held: http.ClientRequest[] = [];
    // Refused while a body before it is still leaving: tried again.
    const hold = () => {
      const request = hanging(host.client, 3_900);
      request.once("response", hold);
      held.push(request);
    };
    hold();
    await until("the bodies are full", async () => (await host.client.post("/v1/runs", body)).status === 503);
    assertAtCapacity(await host.client.post("/v1/runs", body));
    assert.equal((await host.client.get("/v1/runs")).status, 200, "who sends none is served");
    for (const request of held) request.destroy();
    await until("there is room again", async () => (await host.client.post("/v1/runs", body)).status === 201);
  });
});

describe("a host with room for two streams", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon({ fixtures: ownFixtures, config: "limits:\n  maxStreams: 2\n" });
  const open: SseStream[] = [];
  afterEach(() => {
    for (const stream of open.splice(0)) stream.close();
  });

  it("refuses the third with 429 and Retry-After; ordinary requests go on", async () => {
    const runId = await host.client.createRun("conformance-approval");
    const path = `/v1/runs/${runId}/events`;
    for (let at = 0; at < 2; at += 1) open.push(await host.client.stream(path));
    assertThrottled(await host.client.get(path, { accept: "text/event-stream" }), "global");
    assert.equal((await host.client.get(`/v1/runs/${runId}`)).status, 200);
    open.pop()?.close();
    const headers = { authorization: `Bearer ${host.client.key}` };
    await until("a stream is free again", async () => {
      const stream = await openStream(host.client.url + path, headers);
      open.push(stream);
      return stream.status === 200;
    });
  });
});

describe("a rate limit per key", { skip: needsOwnDaemon() }, () => {
  const config = "limits:\n  rateLimit:\n    requestsPerMinute: 120\n    burst: 3\n";
  const host = useDaemon({ fixtures: ownFixtures, config });

  it("refuses with 429 what comes too fast, and serves who waited as he was told", async () => {
    const answers = [];
    for (let at = 0; at < 5; at += 1) answers.push(await host.client.get("/v1/runs"));
    assert.deepEqual(
      answers.slice(0, 3).map((answer) => answer.status),
      [200, 200, 200],
    );
    const refused = answers.find((answer) => answer.status === 429);
    assert.ok(refused);
    assertThrottled(refused, "key");
    assert.equal(refused.body.details.limit, 120);
    await new Promise((resolve) => setTimeout(resolve, Number(refused.headers["retry-after"]) * 1000));
    assert.equal((await host.client.get("/v1/runs")).status, 200);
  });

  it("does not meet who has no key, nor what is public", async () => {
    for (let at = 0; at < 6; at += 1) {
      assert.equal((await host.client.anonymous("GET", "/healthz")).status, 200);
      assertRefused(await host.client.anonymous("GET", "/v1/runs"), 401, "unauthenticated");
    }
  });
});

describe("a fabricated rate limit", { skip: needsOwnDaemon() }, () => {
  const env = { OPENWOP_FORCE_RATE_LIMIT: "true" };
  const host = useDaemon({ fixtures: ownFixtures, seams: true, env });

  it("refuses a test key at once, but for the request after the wait; seams answer", async () => {
    const refused = await host.client.post("/v1/runs", { workflowId: "conformance-noop" });
    assertThrottled(refused, "key");
    assert.equal((await host.client.post("/v1/host/sample/test/reset")).status, 200);
    await new Promise((resolve) => setTimeout(resolve, Number(refused.headers["retry-after"]) * 1000));
    assert.equal((await host.client.post("/v1/runs", { workflowId: "conformance-noop" })).status, 201);
    assertThrottled(await host.client.get("/v1/runs"), "key");
  });
});

describe("a flood", { skip: needsOwnDaemon() }, () => {
  const config = "limits:\n  maxInFlightRequests: 64\n  maxInFlightBodyBytes: 2097152\n";
  const host = useDaemon({ fixtures: ownFixtures, config });

  it("is answered with 201, 429 or 503, grows no memory, and every run that was accepted completes", async () => {
    await burst(host.client, 400);
    const before = await residentBytes(host.daemon.pid);
    const answers = await burst(host.client, 4_000);
    const after = await residentBytes(host.daemon.pid);
    const counts = new Map<number, number>();
    for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
    const shown = JSON.stringify([...counts]);
    assert.ok(
      [...counts.keys()].every((status) => [201, 429, 503].includes(status)),
      shown,
    );
    assert.ok((counts.get(201) ?? 0) > 0 && (counts.get(503) ?? 0) > 0, shown);
    for (const answer of answers.filter(({ status }) => status === 503).slice(0, 50)) assertAtCapacity(answer);
    const grown = (after - before) / 1024 / 1024;
    assert.ok(grown < 200, `${grown.toFixed(0)} MiB more for 4 000 requests of 64 KiB at once`);
    for (const { status, body } of answers) {
      if (status === 201) assert.equal(await host.client.ended(body.runId), "completed");
    }
  });
});

/** As many requests as the connections of the client take, each with a body of 64 KiB. */
function burst(client: Client, count: number): Promise<Response[]> {
  const body = { workflowId: "conformance-identity", inputs: { payload: { text: "x".repeat(64 * 1024) } } };
  return Promise.all(Array.from({ length: count }, () => client.post("/v1/runs", body)));
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
