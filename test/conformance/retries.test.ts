// Retries of nodes: who is tried again, what the log says of it, and which bounds hold (runs.md §12.1, §9, §8).

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { LoggedEvent } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { needsSeams, useDaemon } from "../support/suite.ts";
import { logged, run } from "./channel-support.ts";

const host = useDaemon();
let server: Server;
let url: string;

/** `/<n>/<name>`: refuses the first n calls of that name with 503; `/hang/...` never answers. */
before(async () => {
  const calls = new Map<string, number>();
  server = createServer((request, response) => {
    request.resume();
    const path = request.url ?? "";
    const count = (calls.get(path) ?? 0) + 1;
    calls.set(path, count);
    if (path.startsWith("/hang/")) return;
    const failures = Number(path.split("/")[1]);
    response.writeHead(count <= failures ? 503 : 200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

let made = 0;

/** A call that fails so often, under these settings of its node and its workflow. */
function calling(failures: number | "hang", settings: object, workflowSettings: object = {}) {
  made += 1;
  return workflow(`conformance-retried-${made}`, {
    nodes: [
      {
        id: "call",
        typeId: "local.parley.testEffect",
        config: { url: `${url}/${failures}/${made}-${process.pid}`, class: "keyed" },
        settings,
      },
    ],
    settings: workflowSettings,
  });
}

const attempts = (log: readonly LoggedEvent[]) => logged(log, "node.started").map(({ payload }) => payload.attempt);
const retries = (log: readonly LoggedEvent[]) =>
  logged(log, "node.retried").map(({ payload }) => [payload.attempt, payload.delayMs]);

describe("a node that fails and may be tried again", { skip: needsSeams() }, () => {
  it("is tried as often as its own settings say, with growing and bounded waits", async () => {
    const retry = { maxAttempts: 4, backoffMs: 10, multiplier: 3, maxBackoffMs: 40 };
    const { status, log } = await run(host.client, calling(3, { retry }));
    assert.equal(status, "completed");
    assert.deepEqual(attempts(log), [0, 1, 2, 3]);
    assert.deepEqual(retries(log), [
      [1, 10],
      [2, 30],
      [3, 40],
    ]);
    for (const { payload, nodeId } of logged(log, "node.retried")) {
      assert.equal(nodeId, "call");
      assert.ok(payload.lastError.code && payload.lastError.message);
    }
    assert.deepEqual(logged(log, "node.failed"), [], "it did not fail");
    const order = log.map(({ type }) => type).filter((type) => type.startsWith("node."));
    assert.deepEqual(order.slice(0, 3), ["node.started", "node.retried", "node.started"]);
    assert.equal(order.at(-1), "node.completed");
  });

  it("is tried as often as its workflow says, where it says nothing itself", async () => {
    const { status, log } = await run(host.client, calling(1, {}, { maxRetries: 1 }));
    assert.equal(status, "completed");
    assert.deepEqual(attempts(log), [0, 1]);
  });

  it("is tried once where nobody says more", async () => {
    const { status, log } = await run(host.client, calling(1, {}));
    assert.equal(status, "failed");
    assert.deepEqual(attempts(log), [0]);
    assert.equal(logged(log, "node.failed")[0]?.payload.attempts, 1);
  });

  it("fails once, after the last try, and says how often it was tried", async () => {
    const { status, log } = await run(host.client, calling(9, { retry: { maxAttempts: 3, backoffMs: 1 } }));
    assert.equal(status, "failed");
    const failed = logged(log, "node.failed");
    assert.deepEqual(
      failed.map(({ payload }) => payload.attempts),
      [3],
    );
    assert.equal(logged(log, "node.retried").length, 2);
    assert.ok(failed[0] && logged(log, "node.started").every(({ sequence }) => sequence < (failed[0]?.sequence ?? 0)));
  });

  it("spends a node execution on every try", async () => {
    const definition = calling(9, { retry: { maxAttempts: 5, backoffMs: 1 } });
    await host.client.register(definition);
    const runId = await host.client.createRun(definition.id, { body: { configurable: { recursionLimit: 2 } } });
    assert.equal(await host.client.ended(runId), "failed");
    const log = await host.client.log(runId);
    assert.equal(log.at(-1)?.payload.error.code, "recursion_limit_exceeded");
    const { kind, limit, observed } = logged(log, "cap.breached")[0]?.payload ?? {};
    assert.deepEqual([kind, limit, observed], ["node-executions", 2, 3]);
    assert.deepEqual(attempts(log), [0, 1]);
  });

  it("is stopped at its own time limit, and that can be tried again", async () => {
    const settings = { timeoutMs: 60, retry: { maxAttempts: 2, backoffMs: 1 } };
    const { status, log } = await run(host.client, calling("hang", settings));
    assert.equal(status, "failed");
    const failed = logged(log, "node.failed")[0]?.payload;
    assert.deepEqual([failed.error.code, failed.attempts], ["node_timeout", 2]);
    assert.equal(logged(log, "node.retried")[0]?.payload.lastError.code, "node_timeout");
  });
});

describe("a node is not tried again", { skip: needsSeams() }, () => {
  const retry = { maxAttempts: 3, backoffMs: 1 };
  for (const { name, node, code } of [
    {
      name: "whose input cannot be had",
      node: { typeId: "core.identity", inputs: { x: { type: "variable", variableName: "nothing" } } },
      code: "validation_error",
    },
    {
      name: "that needs what nobody provides",
      node: { typeId: "conformance.requiresMissing" },
      code: "capability_not_provided",
    },
    { name: "that was refused", node: { typeId: "core.approvalGate" }, code: "approval_rejected" },
    { name: "that says so itself", node: { typeId: "core.fail" }, code: "conformance_test_failure" },
  ]) {
    it(name, async () => {
      const id = `conformance-not-retried-${code.replaceAll("_", "-")}`;
      const definition = workflow(id, { nodes: [{ id: "a", settings: { retry }, ...node }] });
      await host.client.register(definition);
      const runId = await host.client.createRun(id);
      if ((await host.client.settled(runId)) === "waiting-approval") {
        await host.client.answer(runId, "a", { action: "reject" });
      }
      assert.equal(await host.client.ended(runId), "failed");
      const log = await host.client.log(runId);
      assert.deepEqual(logged(log, "node.retried"), []);
      const failed = logged(log, "node.failed")[0]?.payload;
      assert.deepEqual([failed.error.code, failed.attempts], [code, 1]);
      assert.deepEqual(logged(log, "run.dead_lettered"), []);
    });
  }
});
