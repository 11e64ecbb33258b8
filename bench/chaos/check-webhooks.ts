// Checks of webhooks: every event that was subscribed to arrived at least once, under one nonce, in the order of its run.

import type { RunEvidence } from "./check-runs.ts";
import type { Findings } from "./findings.ts";
import type { Hooks, ToldEvent } from "./hooks.ts";
import { pause } from "./world.ts";

export const subscribedTypes = ["run.started", "node.completed", "run.completed", "run.failed", "run.cancelled"];

const ARRIVAL_DEADLINE_MS = 60_000;
const POLL_MS = 50;

/** Waits for what is still on its way. The daemon must be up. Returns how many deliveries were due. */
export async function checkWebhooks(
  runs: ReadonlyMap<string, RunEvidence>,
  hooks: Hooks,
  findings: Findings,
  deadlineMs = ARRIVAL_DEADLINE_MS,
): Promise<number> {
  // What a replay tells again was told when it happened.
  const told = [...runs.values()].filter(({ fork }) => fork?.mode !== "replay");
  const due = told.flatMap((run) => run.events.filter(({ type }) => subscribedTypes.includes(type)));
  const until = Date.now() + deadlineMs;
  const missing = () => due.filter(({ eventId }) => !hooks.told.has(eventId));
  while (missing().length > 0 && Date.now() < until) await pause(POLL_MS);
  for (const { eventId, runId, type } of missing())
    findings.lost(`webhook: ${type} of ${runId} (${eventId}) never arrived`);
  for (const forged of hooks.forged) findings.broken(`webhook: a delivery was not genuine: ${forged}`);
  const known = new Map(due.map((event) => [event.eventId, event]));
  for (const told of hooks.told.values()) checkTold(told, known.has(told.eventId), findings);
  for (const run of runs.values()) checkOrder(run, hooks, findings);
  return due.length;
}

function checkTold({ eventId, runId, type, nonces }: ToldEvent, isLogged: boolean, findings: Findings): void {
  if (!isLogged)
    findings.broken(`webhook: ${type} of ${runId} (${eventId}) was told, and no log has it that is to be told`);
  if (nonces.size > 1) findings.broken(`webhook: ${eventId} came under ${nonces.size} nonces`);
}

function checkOrder({ runId, events }: RunEvidence, { told }: Hooks, findings: Findings): void {
  const places = events.flatMap(({ eventId }) => told.get(eventId)?.place ?? []);
  const isInOrder = places.every((place, at) => at === 0 || place > (places[at - 1] ?? 0));
  if (!isInOrder) findings.broken(`webhook: the events of ${runId} arrived out of order`);
}
