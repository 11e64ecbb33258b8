// One daemon for a whole describe block; or the host that `npm run conformance -- --base URL --key KEY` names.
//
//   S1. A named host is shared by all files that run at the same time: no case may assume that it is alone there.
//   S2. What a named host cannot show is skipped with a reason, never passed.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import { Client } from "./client.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
import { needs, ownFixtures } from "./paths.ts";

export interface Suite {
  readonly daemon: Daemon;
  readonly client: Client;
}

const { CONFORMANCE_BASE: base, CONFORMANCE_KEY: key = "" } = process.env;
const discovery = base === undefined ? undefined : await readDiscovery(base);

/** `skip` option of a case that starts, stops, configures or looks into a daemon itself: false, or the reason. */
export function needsOwnDaemon(): false | string {
  return base === undefined ? false : "needs a daemon of its own, not the host that was named";
}

/** `skip` option of a case that needs test keys, test seams or conformance nodes: false, or the reason. */
export function needsSeams(): false | string {
  return discovery === undefined || "testing" in discovery ? false : "the host that was named offers no testing";
}

/** `skip` option of a block about a folder of fixtures: absent here, or not what the named host was started with. */
export function notHere(folder: string | undefined): false | string {
  return needs(folder, "openwop-fixtures") || (folder !== ownFixtures && needsOwnDaemon());
}

/**
 * Starts a daemon before the tests of the enclosing block and disposes of it after. Serves our own fixtures by default.
 * A host that was named takes its place; a block with other options than `fixtures` and `seams` is {@link needsOwnDaemon}.
 */
export function useDaemon(options: DaemonOptions = { fixtures: ownFixtures, seams: true }): Suite {
  if (base !== undefined) return namedHost(base, options);
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

function namedHost(url: string, { fixtures, seams: _, ...own }: DaemonOptions): Suite {
  const client = new Client(url, key);
  const refuse = (): never => {
    throw new Error("this block configures a daemon or looks into it: mark it with { skip: needsOwnDaemon() }");
  };
  if (Object.keys(own).length > 0) before(refuse);
  if (fixtures === ownFixtures) before(() => offerFixtures(client));
  return {
    get daemon() {
      return refuse();
    },
    client,
  };
}

/** Registers those of our fixtures that the named host does not serve itself; once per process. */
function offerFixtures(client: Client): Promise<void> {
  offered ??= registerMissing(client);
  return offered;
}

let offered: Promise<void> | undefined;

async function registerMissing(client: Client): Promise<void> {
  const served = new Set((discovery?.fixtures ?? []) as string[]);
  for (const file of readdirSync(ownFixtures)) {
    const id = path.basename(file, ".json");
    if (!file.endsWith(".json") || served.has(id)) continue;
    const definition = JSON.parse(readFileSync(path.join(ownFixtures, file), "utf8")) as unknown;
    const { status, text } = await client.post("/v1/workflows", definition);
    // A host without testing knows no conformance nodes: the cases about them are skipped.
    const isUnknown = needsSeams() !== false && status === 400;
    assert.ok(status === 200 || status === 201 || isUnknown, `${id}: ${text}`);
  }
}

async function readDiscovery(url: string): Promise<Record<string, unknown>> {
  const { status, body } = await new Client(url, key).anonymous("GET", "/.well-known/openwop");
  assert.equal(status, 200, "the host that was named answers its discovery document");
  return body;
}
