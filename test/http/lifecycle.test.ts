// The daemon as a process: it announces itself, runs outlive it, and it goes when it is told to.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Client } from "../support/client.ts";
import { type Daemon, runToExit, startDaemon, within } from "../support/daemon.ts";
import { ownFixtures } from "../support/paths.ts";

const options = { fixtures: ownFixtures };

describe("a daemon", () => {
  let home: string;
  let daemon: Daemon | undefined;
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "parley-life-"));
  });
  after(async () => {
    await daemon?.dispose();
    await rm(home, { recursive: true, force: true });
  });
  const client = () => new Client((daemon as Daemon).url, (daemon as Daemon).key);

  it("says in its home where it is, and takes that back when it stops", async () => {
    daemon = await startDaemon({ ...options, home });
    const noted = JSON.parse(await readFile(path.join(home, "data/daemon.json"), "utf8"));
    const { url, pid, version } = daemon;
    assert.deepEqual({ url: noted.url, pid: noted.pid, version: noted.version }, { url, pid, version });
    assert.ok(Date.parse(noted.startedAt) > 0);
    assert.equal((await client().anonymous("GET", "/readyz")).status, 200);
    assert.equal(await daemon.stop(), 0);
    await assert.rejects(readFile(path.join(home, "data/daemon.json")), { code: "ENOENT" });
  });

  it("keeps its key and everything else across a restart", async () => {
    daemon = await startDaemon({ ...options, home });
    const { key } = daemon;
    const runId = await client().createRun("conformance-approval");
    await client().settled(runId);
    const before = await client().snapshot(runId);
    await daemon.stop();
    daemon = await startDaemon({ ...options, home });
    assert.equal(daemon.key, key);
    const { interrupt, ...rest } = await client().snapshot(runId);
    const { interrupt: earlier, ...restBefore } = before;
    assert.deepEqual(rest, restBefore);
    assert.equal(interrupt.nodeId, earlier.nodeId);
    const token = earlier.interruptToken;
    const answer = await client().anonymous("POST", `/v1/interrupts/${token}`, {
      body: { resumeValue: { action: "accept" } },
    });
    assert.equal(answer.status, 200, "a token outlives the process that signed it");
    assert.equal(await client().ended(runId), "completed");
    await daemon.stop();
  });

  for (const { how, end } of [
    { how: "stopped", end: (running: Daemon) => running.stop() },
    { how: "killed", end: (running: Daemon) => running.kill() },
  ]) {
    it(`that was ${how} in the middle of a timer finishes it after the next start, not later than it would have`, async () => {
      daemon = await startDaemon({ ...options, home });
      const due = await client().createRun("conformance-delay", { inputs: { delayMs: 100 } });
      const later = await client().createRun("conformance-delay", { inputs: { delayMs: 1_500 } });
      const startedMs = Date.now();
      const stream = await client().events(later, "?streamMode=debug");
      await stream.until(({ event }) => event === "node.started");
      await end(daemon);
      daemon = await startDaemon({ ...options, home });
      assert.equal(await client().ended(due), "completed");
      assert.equal(await client().ended(later), "completed");
      assert.ok(Date.now() - startedMs < 3_500, "the time that had passed counts");
      const log = await client().log(later);
      assert.equal(log.filter(({ type }) => type === "node.started").length, 1);
      assert.equal(log.filter(({ type }) => type === "run.completed").length, 1);
      await daemon.stop();
    });
  }

  it("ends open streams and polls when it stops, within 5 s", async () => {
    daemon = await startDaemon({ ...options, home });
    const runId = await client().createRun("conformance-approval");
    await client().settled(runId);
    const last = (await client().log(runId)).length - 1;
    const streams = await Promise.all([
      client().events(runId),
      client().stream("/v1/host/parley/threads/quiet/stream"),
    ]);
    const poll = client()
      .get(`/v1/runs/${runId}/events/poll?lastSequence=${last}&timeout=60`)
      .catch((error: Error) => error);
    const startedMs = performance.now();
    assert.equal(await daemon.stop(), 0);
    assert.ok(performance.now() - startedMs < 5_000);
    await Promise.all(streams.map((stream) => within(stream.closed, 1_000, () => "a stream stayed open")));
    await within(poll, 1_000, () => "a poll stayed open");
  });

  it("is alone in its home: a second one refuses and changes nothing", async () => {
    daemon = await startDaemon({ ...options, home });
    const second = await runToExit({ ...options, home });
    assert.notEqual(second.code, 0);
    assert.equal(second.stdout, "");
    assert.match(second.stderr, /already|running|another/i);
    assert.doesNotMatch(second.stderr, /\n\s+at /, "no stack");
    assert.equal(await client().ended(await client().createRun("conformance-noop")), "completed");
  });

  it("that was killed leaves the home free for the next one", async () => {
    await (daemon as Daemon).kill();
    daemon = await startDaemon({ ...options, home });
    assert.equal((await client().get("/v1/runs?limit=1")).status, 200);
    await daemon.stop();
  });
});

describe("a start that cannot be right", () => {
  for (const { name, config, env, says } of [
    {
      name: "a wrong value in parley.yaml",
      config: "server:\n  port: many\n",
      says: /parley\.yaml.*server\.port|server\.port.*parley\.yaml/s,
    },
    { name: "yaml that is none", config: "server: [\n", says: /parley\.yaml/ },
    {
      name: "fixtures on a public bind",
      env: { PARLEY_FIXTURES: ownFixtures, PARLEY_HOST: "0.0.0.0" },
      says: /loopback|PARLEY_FIXTURES/,
    },
    {
      name: "test seams on a public bind",
      env: { PARLEY_TEST_SEAMS: "1", PARLEY_HOST: "0.0.0.0" },
      says: /loopback|PARLEY_TEST_SEAMS/,
    },
    { name: "a port that is none", env: { PARLEY_PORT: "99999" }, says: /PARLEY_PORT/ },
  ] as { name: string; config?: string; env?: Record<string, string>; says: RegExp }[]) {
    it(`ends with a message and not with 0: ${name}`, async () => {
      const home = await mkdtemp(path.join(os.tmpdir(), "parley-refused-"));
      try {
        if (config !== undefined) await writeFile(path.join(home, "parley.yaml"), config);
        const { code, stdout, stderr } = await runToExit({ home, ...(env && { env }) });
        assert.notEqual(code, 0);
        assert.equal(stdout, "");
        assert.match(stderr, says);
        assert.doesNotMatch(stderr, /\n\s+at /, "no stack");
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    });
  }

  it("an unknown key in parley.yaml only warns, and names the nearest", async () => {
    const daemon = await startDaemon({ config: "servr:\n  port: 1\n" });
    try {
      assert.match(daemon.stderr(), /servr.*server/s);
    } finally {
      await daemon.dispose();
    }
  });
});
