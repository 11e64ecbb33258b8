// A start that cannot be: what it says is what helps.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Daemon, runToExit, startDaemon } from "../support/daemon.ts";

describe("a second start", () => {
  let running: Daemon;

  before(async () => {
    running = await startDaemon();
  });
  after(() => running.dispose());

  it("on the same home names the one that runs, and how to open its console", async () => {
    const { code, stderr } = await runToExit({ home: running.home });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`process id ${running.pid} at ${running.url} is running on the home`));
    assert.match(stderr, /npx parley open/);
  });

  it("on a port that is taken names the port, and what to set", async () => {
    const home = mkdtempSync(join(tmpdir(), "parley-up-"));
    try {
      const { port } = new URL(running.url);
      const { code, stderr } = await runToExit({ home, env: { PARLEY_PORT: port } });
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`Port ${port} is taken\\. Set PARLEY_PORT`));
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
