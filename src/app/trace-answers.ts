// What went back for a message, found in its thread: an answer may stand far behind the question, a retried one behind
// everything that was said since. Positions of a thread are in the order of time, so it is found by the end of its run.

import type { RunRow, StoredMessage } from "#ports/rows.ts";
import type { AppDeps } from "./deps.ts";

/** Messages looked through behind the question, and before the end of each run. */
const MAX_NEAR = 500;

/** What these runs said into the thread of the message that they answer, in the order of the thread. */
export async function answersIn(
  deps: AppDeps,
  message: StoredMessage,
  runs: readonly RunRow[],
): Promise<StoredMessage[]> {
  const near = await readBehind(deps, message, { after: message.position, newest: false });
  const pages = [near];
  if (near.length === MAX_NEAR) {
    for (const { endedMs } of runs) {
      const before = endedMs === undefined ? undefined : await firstBehind(deps, message, endedMs);
      pages.push(await readBehind(deps, message, { after: message.position, newest: true, before }));
    }
  }
  const ours = new Set(runs.map((run) => run.start.runId));
  const said = pages.flat().filter(({ runId, role }) => role !== "user" && ours.has(runId));
  return [...new Map(said.map((one) => [one.position, one])).values()].sort((a, b) => a.position - b.position);
}

/** The first position behind the question whose message is younger than this; one behind the last when there is none. */
async function firstBehind(deps: AppDeps, message: StoredMessage, timeMs: number): Promise<number> {
  const [newest] = await readBehind(deps, message, { after: message.position, newest: true, limit: 1 });
  let low = message.position;
  let high = (newest?.position ?? low) + 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const [found] = await readBehind(deps, message, { after: middle - 1, newest: false, limit: 1 });
    if (found && found.atMs <= timeMs) low = middle;
    else high = middle;
  }
  return high;
}

function readBehind(
  { store }: AppDeps,
  { tenantId, threadId }: StoredMessage,
  range: { after: number; newest: boolean; before?: number | undefined; limit?: number },
): Promise<StoredMessage[]> {
  const { after, newest, before, limit = MAX_NEAR } = range;
  const bound = before === undefined ? {} : { before };
  return store.readMessages(tenantId, threadId, { after, newest, limit, ...bound });
}
