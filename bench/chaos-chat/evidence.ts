// What a campaign leaves behind, read back from the daemon once nothing is killed any more: the other half of the books.

import { type RunEvidence, readRuns } from "../chaos/check-runs.ts";
import type { Body, Client } from "../chaos/client.ts";
import type { Findings } from "../chaos/findings.ts";
import type { Life } from "../chaos/killing.ts";
import type { ChatModel } from "./model.ts";
import type { Person } from "./people.ts";
import type { SeenCall } from "./receiver.ts";

export interface Evidence {
  people: readonly Person[];
  /** Every run of the daemon, by id, with its whole log. */
  runs: ReadonlyMap<string, RunEvidence>;
  /** The messages of each thread, oldest first. */
  threads: ReadonlyMap<string, Body[]>;
  /** What the receiver saw, by idempotency key. */
  seen: ReadonlyMap<string, SeenCall>;
  model: Pick<ChatModel, "calls" | "count" | "problems">;
  lives: readonly Life[];
  killedAtMs: readonly number[];
}

const PAGE = 100;

/** Needs the daemon to be up and at rest. */
export async function gather(
  client: Client,
  rest: Omit<Evidence, "runs" | "threads">,
  findings: Findings,
): Promise<Evidence> {
  const runs = await readRuns({ client }, findings);
  const threads = new Map<string, Body[]>();
  for (const { follower } of rest.people) threads.set(follower.threadId, await readThread(client, follower.threadId));
  return { ...rest, runs, threads };
}

/** All messages, oldest first; none when the thread never came to be. */
async function readThread(client: Client, threadId: string): Promise<Body[]> {
  const messages: Body[] = [];
  let cursor: string | undefined;
  do {
    const query = `limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
    const reply = await client.send("GET", `/v1/host/parley/threads/${threadId}?${query}`);
    if (reply.outcome === "answered" && reply.status === 404) return [];
    if (reply.outcome !== "answered" || reply.status !== 200) {
      throw new Error(`thread ${threadId} could not be read: ${JSON.stringify(reply).slice(0, 300)}`);
    }
    messages.unshift(...reply.body.messages);
    cursor = reply.body.nextCursor;
  } while (cursor !== undefined);
  return messages;
}

/** A run and every run below it, found through the delegations in their logs. */
export function treeOf({ runs }: Pick<Evidence, "runs">, runId: string): RunEvidence[] {
  const root = runs.get(runId);
  if (!root) return [];
  const children = eventsOf(root, "agent.toolCalled").flatMap(({ payload }) => payload.childRunId ?? []);
  return [root, ...children.flatMap((childRunId) => treeOf({ runs }, childRunId))];
}

export function eventsOf({ events }: RunEvidence, type: string): Body[] {
  return events.filter((event) => event.type === type);
}
