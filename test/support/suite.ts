// One daemon for a whole describe block.

import { after, before } from "node:test";
import { Client } from "./client.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
import { ownFixtures } from "./paths.ts";

export interface Suite {
  readonly daemon: Daemon;
  readonly client: Client;
}

/** Starts a daemon before the tests of the enclosing block and disposes of it after. Serves our own fixtures by default. */
export function useDaemon(options: DaemonOptions = { fixtures: ownFixtures, seams: true }): Suite {
  let daemon: Daemon | undefined;
  before(async () => {
    daemon = await startDaemon(options);
  });
  after(() => daemon?.dispose());
  const running = () => {
    if (!daemon) throw new Error("the daemon is started by the before hook: use it inside tests");
    return daemon;
  };
  return {
    get daemon() {
      return running();
    },
    get client() {
      return new Client(running().url, running().key);
    },
  };
}
