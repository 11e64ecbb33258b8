// Who forks: branches and replays of runs that have ended and of runs that go on, each under a key of its own.

import type { Body } from "./client.ts";
import type { ForkIntent } from "./ledger.ts";
import type { Random } from "./random.ts";
import { sendUntilAnswered, type World } from "./world.ts";

const RESEND_PROBABILITY = 0.3;
/** A replay of the whole may leave the number out. */
const WHOLE_PROBABILITY = 0.4;
/** The newest run may still be going on; others mostly have ended. */
const NEWEST_PROBABILITY = 0.5;
/** A fork is a run like any other: it can be forked, too. */
const FORK_OF_FORK_PROBABILITY = 0.15;

/** A branch and a replay of one run, each from somewhere; sometimes the request comes twice at the same moment. */
export async function forkRun(world: World, random: Random, name: string): Promise<void> {
  const sourceRunId = pickSource(world, random);
  if (sourceRunId === undefined) return;
  const source = await readSource(world, sourceRunId);
  if (!source || source.seenEvents === 0) return;
  const most = source.sourceEnded ? source.seenEvents - 1 : source.seenEvents;
  const asked = (["branch", "replay"] as const).map(async (mode) => {
    const isWhole = mode === "replay" && random.chance(WHOLE_PROBABILITY);
    const fromSeq = isWhole ? {} : { fromSeq: random.int(0, most) };
    const key = `fork-${name}-${mode}`;
    const intent: ForkIntent = { key, sourceRunId, mode, ...fromSeq, ...source, acknowledged: [] };
    world.ledger.forks.push(intent);
    const times = random.chance(RESEND_PROBABILITY) ? 2 : 1;
    await Promise.all(Array.from({ length: times }, () => requestFork(world, intent)));
  });
  await Promise.all(asked);
}

function pickSource({ ledger }: World, random: Random): string | undefined {
  const branches = ledger.forks.filter(({ mode, acknowledged }) => mode === "branch" && acknowledged.length > 0);
  const isOfFork = branches.length > 0 && random.chance(FORK_OF_FORK_PROBABILITY);
  const known: readonly { acknowledged: string[] }[] = isOfFork
    ? branches
    : ledger.runs.filter(({ acknowledged }) => acknowledged.length > 0);
  if (known.length === 0) return undefined;
  const picked = random.chance(NEWEST_PROBABILITY) ? known.at(-1) : random.pick(known);
  return picked?.acknowledged[0];
}

/** The log of a run that goes on is read up to where it stands; undefined when it cannot be read. */
async function readSource(
  world: World,
  runId: string,
): Promise<Pick<ForkIntent, "seenEvents" | "sourceEnded"> | undefined> {
  const reply = await sendUntilAnswered(world, "GET", `/v1/runs/${runId}/events/poll?timeout=1&limit=1000`, {});
  if (reply?.status !== 200) return undefined;
  const events = reply.body.events as Body[];
  const sourceEnded = ["run.completed", "run.failed", "run.cancelled"].includes(events.at(-1)?.type);
  return { seenEvents: events.length, sourceEnded };
}

export async function requestFork(world: World, intent: ForkIntent): Promise<void> {
  const { key, sourceRunId, mode, fromSeq } = intent;
  const path = `/v1/runs/${sourceRunId}:fork`;
  const body = { mode, ...(fromSeq !== undefined && { fromSeq }) };
  const reply = await sendUntilAnswered(world, "POST", path, { body, headers: { "idempotency-key": key } });
  if (!reply) return;
  if (reply.status === 201) intent.acknowledged.push(reply.body.runId);
  else world.ledger.noticed.push(`${path} was answered ${JSON.stringify(reply).slice(0, 400)}`);
}
