// Who pauses runs and lets them go on. What is left paused is resumed in the drain.

import type { Body } from "./client.ts";
import type { Random } from "./random.ts";
import { pause, sendUntilAnswered, type World } from "./world.ts";

const PAGE = 50;
const LONGEST_PAUSE_MS = 200;
/** These stay paused, over kills that may come, until the drain. */
const FORGET_PROBABILITY = 0.2;

/** Pauses one running run, by one of the two policies. */
export async function pauseRun(world: World, random: Random, name: string): Promise<void> {
  const running = await listRuns(world, "running");
  if (running.length === 0) return;
  const runId = random.pick(running);
  const drainPolicy = random.pick(["immediate", "drain-current-node"]);
  if (!(await change(world, runId, "pause", `pause-${name}`, { drainPolicy }))) return;
  if (random.chance(FORGET_PROBABILITY)) return;
  await pause(random.int(0, LONGEST_PAUSE_MS));
  await change(world, runId, "resume", `resume-${name}`);
}

/** Lets everything go on that is paused. Returns how many runs were. */
export async function resumeAll(world: World): Promise<number> {
  const paused = await listRuns(world, "paused");
  await Promise.all(
    paused.map((runId) => {
      const { resumed } = world.ledger.pausesOf(runId);
      return change(world, runId, "resume", `resume-${runId}-${resumed.size}`);
    }),
  );
  return paused.length;
}

async function listRuns(world: World, status: string): Promise<string[]> {
  const reply = await sendUntilAnswered(world, "GET", `/v1/runs?status=${status}&limit=${PAGE}`, {});
  return ((reply?.body.runs ?? []) as Body[]).map(({ runId }) => runId);
}

/** False when the run is in another state by then. */
async function change(
  world: World,
  runId: string,
  verb: "pause" | "resume",
  key: string,
  body: object = {},
): Promise<boolean> {
  const path = `/v1/runs/${runId}:${verb}`;
  const reply = await sendUntilAnswered(world, "POST", path, { body, headers: { "idempotency-key": key } });
  if (reply?.status === 202) {
    const known = world.ledger.pausesOf(runId);
    (verb === "pause" ? known.paused : known.resumed).add(key);
    return true;
  }
  if (reply && reply.status !== 409) {
    world.ledger.noticed.push(`${path} was answered ${JSON.stringify(reply).slice(0, 400)}`);
  }
  return false;
}
