// A daemon that dies while a run undoes its effects goes on where it stood: every inverse happens, none under a second key,
// and nothing is planned twice (docs/adr/0019).

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";

const DEADLINE_MS = 20_000;
/** Where such a run can die, and how often it passes there at least. */
const PASSES = { "store.before-commit": 4, "store.after-commit": 4, "effect.performed": 2 } as const;
/** Passes of a start and of one such run, never more. */
const MAX_HITS = 30;

describe("a daemon killed while a run undoes what it did", () => {
  let home = "";
  let receiver: Server;
  let url = "";
  let keys: string[] = [];
  let runs = 0;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "parley-undoing-"));
    receiver = createServer((request, response) => {
      keys.push(String(request.headers["idempotency-key"]));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const daemon = await start();
    await new Client(daemon.url, daemon.key).register(undone(url));
    await daemon.stop();
  });
  after(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await rm(home, { recursive: true, force: true });
  });

  const start = (stopAt?: string) =>
    startDaemon({
      home,
      seams: true,
      config: "engine:\n  compensation: true\n",
      ...(stopAt && { env: { PARLEY_STOP_AT: stopAt } }),
    });

  for (const [name, least] of Object.entries(PASSES)) {
    it(`at any pass of ${name}`, { timeout: 300_000 }, async () => {
      let kills = 0;
      for (let hit = 1; hit <= MAX_HITS; hit += 1) {
        keys = [];
        const victim = await start(`${name}:${hit}`).catch(() => undefined);
        // It died before it was up: those commits are not what is tested here.
        if (!victim) continue;
        const killed = await isKilled(victim);
        const daemon = await start();
        try {
          const before = runs;
          runs = await checkAll(new Client(daemon.url, daemon.key));
          assert.equal(new Set(keys).size, 2 * (runs - before), "each inverse under one key");
        } finally {
          await daemon.stop();
        }
        if (!killed) break;
        kills += 1;
      }
      assert.ok(kills >= least, `it died ${kills} times`);
    });
  }
});

function undone(url: string) {
  const compensation = { nodeTypeId: "local.parley.testEffect", config: { url, class: "keyed" } };
  return workflow("crash-undone", {
    nodes: [
      { id: "one", typeId: "core.noop", compensation },
      { id: "two", typeId: "core.noop", compensation },
      { id: "boom", typeId: "core.fail" },
    ],
    edges: [
      { from: "one", to: "two" },
      { from: "two", to: "boom" },
    ],
    settings: { compensation: { triggers: ["node-failure"] } },
  });
}

/** Gives it a run until it dies; false when it does not. */
async function isKilled(daemon: Daemon): Promise<boolean> {
  const client = new Client(daemon.url, daemon.key);
  try {
    await client.ended(await client.createRun("crash-undone"), DEADLINE_MS);
    await daemon.stop();
    return false;
  } catch {
    await daemon.exited;
    return true;
  }
}

/** Sees every run to its end; how many there are. */
async function checkAll(client: Client): Promise<number> {
  const { body } = await client.get("/v1/runs?limit=200");
  for (const { runId } of body.runs as { runId: string }[]) {
    assert.equal(await client.ended(runId, DEADLINE_MS), "failed");
    assert.equal((await client.snapshot(runId)).compensationStatus, "completed");
    const log = await client.log(runId);
    const count = (type: string) => log.filter((event) => event.type === type).length;
    assert.deepEqual(
      ["compensation.requested", "compensation.started", "compensation.completed", "run.failed"].map(count),
      [1, 2, 2, 1],
    );
    assert.equal(log.at(-1)?.type, "run.failed");
  }
  return body.runs.length;
}
