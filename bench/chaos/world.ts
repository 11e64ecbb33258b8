// What every actor of the load and every check works with.

import { isTerminalStatus, type RunStatus } from "#protocol/status.ts";
import type { Client, Reply, RequestOptions } from "./client.ts";
import type { Daemon } from "./daemon.ts";
import type { Ledger } from "./ledger.ts";
import type { Receiver } from "./receiver.ts";
import type { Scenario } from "./scenario.ts";

export interface World {
  daemon: Daemon;
  client: Client;
  receiver: Receiver;
  ledger: Ledger;
  scenarios: readonly Scenario[];
  /** Of the schedule that is watched meanwhile; absent: there is none. */
  scheduleId?: string;
  /** load: new work is made; drain: what was begun is brought to its end. */
  phase: "load" | "drain";
  /** No request is repeated after this moment: whatever is still open then is a finding. */
  givesUpAtMs: number;
}

/** The daemon is going down or coming up; or it asked for a moment. */
const PAUSE_MS = 15;

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Sends until there is an answer that is not "later" (503), over any number of restarts. With `onceOnly` an unclear
 * outcome ends it: the request may have been done and carries nothing by which a repetition would be recognised.
 */
export async function sendUntilAnswered(
  world: Pick<World, "daemon" | "client" | "givesUpAtMs">,
  method: string,
  path: string,
  options: RequestOptions,
  onceOnly = false,
): Promise<Extract<Reply, { outcome: "answered" }> | undefined> {
  while (Date.now() < world.givesUpAtMs) {
    await world.daemon.up();
    const reply = await world.client.send(method, path, options);
    if (reply.outcome === "answered" && reply.status !== 503) return reply;
    if (reply.outcome === "unclear" && onceOnly) return undefined;
    await pause(PAUSE_MS);
  }
  return undefined;
}

const OPEN_STATUSES = ["pending", "running", "paused", "waiting-approval", "waiting-input", "waiting-external"];

/** Whether every run has come to its end. The daemon must be up. */
export async function isAtRest(client: Client): Promise<boolean> {
  for (const status of OPEN_STATUSES) {
    const page = await client.get(`/v1/runs?status=${status}&limit=1`);
    if (page.runs.length > 0) return false;
  }
  return hasOnlyEnded(client);
}

/** A run that goes from one status to another between two questions is asked for under neither: each is looked at. */
async function hasOnlyEnded(client: Client): Promise<boolean> {
  let cursor: string | undefined;
  do {
    const page = await client.get(`/v1/runs?limit=200${cursor === undefined ? "" : `&cursor=${cursor}`}`);
    if (page.runs.some(({ status }: { status: RunStatus }) => !isTerminalStatus(status))) return false;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return true;
}
