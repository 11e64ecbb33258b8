// A daemon of a test: own home, own client, gone with its scope.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../../bench/chaos/client.ts";
import { Daemon } from "../../bench/chaos/daemon.ts";

export interface TestDaemon extends AsyncDisposable {
  daemon: Daemon;
  client: Client;
}

/** Not started yet. `await using` ends the process and removes the home. */
export async function testDaemon(env: Record<string, string> = {}): Promise<TestDaemon> {
  const home = await mkdtemp(join(tmpdir(), "parley-crash-"));
  const daemon = new Daemon(home, env);
  const client = new Client(() => daemon.target);
  return {
    daemon,
    client,
    async [Symbol.asyncDispose]() {
      await daemon.kill();
      client.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
