// The schedule of the load: a workflow that the clock starts every second, paused and resumed now and again, and what
// became of its slots. A slot that was told once must be told the same for ever.

import type { Body } from "./client.ts";
import type { ToldSlot } from "./ledger.ts";
import type { Random } from "./random.ts";
import { TICKING, tickingScenario } from "./workflows-below.ts";
import { pause, sendUntilAnswered, type World } from "./world.ts";

const SCHEDULES = "/v1/host/parley/schedules";
/** How often it is looked at while it works; the daemon shows the newest slots only. */
const LOOK_EVERY_MS = 400;
const PAUSE_PROBABILITY = 0.05;
const LONGEST_PAUSE_MS = 2_500;

/** Returns the id of the schedule that the trigger stands for. */
export async function beginSchedule(world: World): Promise<string> {
  const body = tickingScenario().definition;
  const reply = await sendUntilAnswered(world, "POST", "/v1/workflows", { body });
  if (reply?.status !== 201) throw new Error(`${TICKING} could not be registered: ${JSON.stringify(reply)}`);
  const listed = await sendUntilAnswered(world, "GET", `${SCHEDULES}?workflowId=${TICKING}`, {});
  const [schedule] = (listed?.body.schedules ?? []) as Body[];
  if (!schedule) throw new Error(`${TICKING} has no schedule: ${JSON.stringify(listed)}`);
  return schedule.scheduleId;
}

/** Looks at the newest slots; now and again it pauses the schedule for a while. */
export async function watchSchedule(world: World, random: Random, scheduleId: string): Promise<void> {
  await noteSlots(world, scheduleId);
  if (random.chance(PAUSE_PROBABILITY)) {
    await change(world, scheduleId, "pause");
    await pause(random.int(0, LONGEST_PAUSE_MS));
    await change(world, scheduleId, "resume");
  }
  await pause(LOOK_EVERY_MS);
}

/** The clock starts nothing any more; what it started is known afterwards. */
export async function endSchedule(world: World, scheduleId: string): Promise<void> {
  await change(world, scheduleId, "pause");
  await noteSlots(world, scheduleId);
}

async function noteSlots(world: World, scheduleId: string): Promise<void> {
  const reply = await sendUntilAnswered(world, "GET", `${SCHEDULES}/${scheduleId}`, {});
  for (const { scheduledAt, throughAt, outcome, runId } of (reply?.body.slots ?? []) as ToldSlot[]) {
    const optional = { ...(throughAt !== undefined && { throughAt }), ...(runId !== undefined && { runId }) };
    world.ledger.noteSlot({ scheduledAt, outcome, ...optional });
  }
}

async function change(world: World, scheduleId: string, verb: "pause" | "resume"): Promise<void> {
  const path = `${SCHEDULES}/${scheduleId}/${verb}`;
  const reply = await sendUntilAnswered(world, "POST", path, { body: {} });
  if (reply && reply.status !== 200 && reply.status !== 409) {
    world.ledger.noticed.push(`${path} was answered ${JSON.stringify(reply).slice(0, 400)}`);
  }
}
