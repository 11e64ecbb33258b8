// Watching a run until it ends, or until it asks something that nobody here can answer.

import type { RunEvent } from "#protocol/events.ts";
import { isTerminalEvent } from "#protocol/events.ts";
import type { PendingInterrupt } from "#protocol/interrupts.ts";
import { type Client, DEFAULT_GRACE_MS, path } from "./client.ts";
import { follow } from "./follow.ts";
import type { Host } from "./host.ts";
import { isSuspended, type Snapshot } from "./outcome.ts";

export interface WatchOptions {
  client: Client;
  host: Host;
  runId: string;
  /** Hears every transition of the run. */
  onEvent: (event: RunEvent) => void;
  onConnection: (change: "lost" | "back") => void;
  /**
   * Answers a question and resolves to true; false when it stays open. Absent when nobody is there to be asked.
   */
  answer?: (question: PendingInterrupt) => Promise<boolean>;
}

/** The run's state at its end, or while it is suspended on something that was not answered. */
export async function watchRun(options: WatchOptions): Promise<Snapshot> {
  const { client, host, runId } = options;
  let mayWait = false;
  const events = follow(client, {
    path: path`/v1/runs/${runId}/events`,
    host,
    graceMs: DEFAULT_GRACE_MS,
    signal: AbortSignal.any([]),
    onChange: options.onConnection,
  });
  for await (const { data } of events) {
    const event = JSON.parse(data) as RunEvent;
    options.onEvent(event);
    if (isTerminalEvent(event.type)) break;
    // A branch may still be busy when another one suspends: from then on every event may be the last for now.
    mayWait ||= event.type === "node.suspended";
    if (!mayWait) continue;
    const snapshot = await readRun(client, runId);
    if (isSuspended(snapshot.status) && !(await answerAll(options))) break;
  }
  return readRun(client, runId);
}

export function readRun(client: Client, runId: string): Promise<Snapshot> {
  return client.get<Snapshot>(path`/v1/runs/${runId}`);
}

/** Asks what is open; false when a question stays open. */
async function answerAll({ client, runId, answer }: WatchOptions): Promise<boolean> {
  if (!answer) return false;
  const answered = new Set<string>();
  for (;;) {
    const [question] = await openQuestions(client, runId);
    if (!question) return true;
    // It was answered here and is still open: it needs somebody else's voice too.
    if (answered.has(question.interruptId)) return false;
    if (!(await answer(question))) return false;
    answered.add(question.interruptId);
  }
}

export async function openQuestions(client: Client, runId: string): Promise<PendingInterrupt[]> {
  const address = path`/v1/host/parley/runs/${runId}/interrupts`;
  return (await client.get<{ interrupts: PendingInterrupt[] }>(address)).interrupts;
}

/** The run and the runs it started, at most {@link MAX_FAMILY} of them. */
export async function readFamily(client: Client, run: Snapshot): Promise<Snapshot[]> {
  const family = [run];
  const seen = new Set([run.runId]);
  for (const member of family) {
    for (const { runId } of member.childRuns ?? []) {
      if (seen.has(runId) || family.length >= MAX_FAMILY) continue;
      seen.add(runId);
      family.push(await readRun(client, runId));
    }
  }
  return family;
}

const MAX_FAMILY = 100;
