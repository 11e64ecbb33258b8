// P-1, measured from outside: the kernel is asked to make each acknowledged run durable before it is acknowledged.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { scenariosOf } from "../../bench/chaos/workflows.ts";
import { testDaemon } from "./home.ts";

const RUNS = 50;
const TIMEOUT_MS = 120_000;

const skip = canTrace() ? false : "strace is not there, or may not trace here: syncs cannot be counted";

it(`${RUNS} runs one after the other cost at least ${RUNS} syncs`, { skip, timeout: TIMEOUT_MS }, async () => {
  await using parley = await testDaemon();
  const { daemon, client } = parley;
  const trace = join(daemon.home, "syncs.strace");
  const wrapper = ["strace", "-f", "-ttt", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o", trace];
  assert.equal(await daemon.start({ wrapper }), "ready");
  const [noop] = scenariosOf("http://127.0.0.1:1");
  await client.send("POST", "/v1/workflows", { body: noop?.definition });

  const windows: { fromMs: number; toMs: number }[] = [];
  for (let at = 0; at < RUNS; at += 1) {
    const fromMs = Date.now();
    const reply = await client.send("POST", "/v1/runs", { body: { workflowId: noop?.workflowId, inputs: {} } });
    assert.equal(reply.outcome === "answered" && reply.status, 201);
    windows.push({ fromMs, toMs: Date.now() + 1 });
  }
  await daemon.stop();

  const syncs = syncTimes(await readFile(trace, "utf8"));
  const without = windows.filter(({ fromMs, toMs }) => !syncs.some((atMs) => atMs >= fromMs && atMs <= toMs));
  assert.deepEqual(without, [], "each acknowledgement has a sync between request and answer");
  const [first, last] = [windows[0]?.fromMs ?? 0, windows.at(-1)?.toMs ?? 0];
  const within = syncs.filter((atMs) => atMs >= first && atMs <= last).length;
  assert.ok(within >= RUNS, `${within} syncs for ${RUNS} runs`);
});

/** Epoch ms of each sync that was begun; "resumed" lines belong to one that is counted already. */
function syncTimes(trace: string): number[] {
  return trace
    .split("\n")
    .filter((line) => /\b(fsync|fdatasync)\(/.test(line))
    .map((line) => Number(line.match(/(\d+\.\d+)/)?.[1]) * 1000);
}

function canTrace(): boolean {
  try {
    execFileSync("strace", ["-f", "-o", "/dev/null", "-e", "trace=fsync", process.execPath, "-e", "0"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}
