// Checks of runs: every acknowledged run exists once, ended as its workflow says, and its log is whole.

import type { Body } from "./client.ts";
import type { Findings } from "./findings.ts";
import type { AnswerIntent, RunIntent } from "./ledger.ts";
import type { World } from "./world.ts";

export interface RunEvidence {
  runId: string;
  workflowId: string;
  status: string;
  createdAt: string;
  tags: string[];
  events: Body[];
  /** Absent: it is no fork. */
  fork?: { sourceRunId: string; mode: "branch" | "replay"; fromSeq: number };
  /** The run that started it. */
  parentRunId?: string;
}

const PAGE = 100;
const LOG_PAGE = 1000;
const READERS = 8;

/** Everything the daemon has to say about its runs, by runId. */
export async function readRuns(world: Pick<World, "client">, findings: Findings): Promise<Map<string, RunEvidence>> {
  const runs = new Map<string, RunEvidence>();
  let cursor: string | undefined;
  do {
    const page = await world.client.get(
      `/v1/runs?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    for (const listed of page.runs) {
      const { runId } = listed;
      if (runs.has(runId)) findings.duplicated(`run ${runId} stands twice in the list`);
      runs.set(runId, evidenceOf(listed));
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  const waiting = [...runs.values()];
  const reader = async () => {
    for (let run = waiting.pop(); run; run = waiting.pop()) run.events = await readLog(world, run.runId, findings);
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return runs;
}

function evidenceOf({
  runId,
  workflowId,
  status,
  createdAt,
  tags,
  sourceRunId,
  forkMode,
  fromSeq,
  parentRunId,
}: Body): RunEvidence {
  return {
    runId,
    workflowId,
    status,
    createdAt,
    tags: tags ?? [],
    events: [],
    ...(sourceRunId !== undefined && { fork: { sourceRunId, mode: forkMode, fromSeq } }),
    ...(parentRunId !== undefined && { parentRunId }),
  };
}

/** What the run did itself: a branch begins with what its source did, a replay does nothing but tell it again. */
export function ownEvents({ events, fork }: RunEvidence): Body[] {
  if (!fork) return events;
  return fork.mode === "replay" ? [] : events.slice(fork.fromSeq);
}

async function readLog(world: Pick<World, "client">, runId: string, findings: Findings): Promise<Body[]> {
  const events: Body[] = [];
  for (;;) {
    const after = events.length === 0 ? "" : `&lastSequence=${events.at(-1).sequence}`;
    const page = await world.client.get(`/v1/runs/${runId}/events/poll?timeout=1&limit=${LOG_PAGE}${after}`);
    events.push(...page.events);
    if (page.isComplete || !page.isTerminal) return events;
    if (page.events.length === 0) {
      findings.broken(`the log of ${runId} claims to go on after sequence ${events.at(-1)?.sequence}, and does not`);
      return events;
    }
  }
}

/** The log of an ended run: no gaps, started first, one terminal event, last. */
export function checkLog(run: RunEvidence, findings: Findings): void {
  const { runId, events, status } = run;
  const gap = events.findIndex((event, at) => event.sequence !== at);
  if (gap !== -1) findings.broken(`${runId}: event ${gap} has sequence ${events[gap].sequence}`);
  if (events[0]?.type !== "run.started") findings.broken(`${runId} begins with ${events[0]?.type}`);
  if (new Set(events.map((event) => event.eventId)).size !== events.length) {
    findings.duplicated(`${runId}: an event id stands twice`);
  }
  if (!["completed", "failed", "cancelled"].includes(status)) return;
  const terminals = events.filter((event) => ["run.completed", "run.failed", "run.cancelled"].includes(event.type));
  if (terminals.length > 1) findings.duplicated(`${runId} has ${terminals.length} terminal events`);
  if (events.at(-1)?.type !== `run.${status}`) {
    findings.broken(`${runId} is ${status}, its log ends with ${events.at(-1)?.type}`);
  }
  checkNodesRanOnce(run, findings);
}

/** A completed step is not executed again (P-2). */
function checkNodesRanOnce({ runId, events }: RunEvidence, findings: Findings): void {
  const completed = events.filter((event) => event.type === "node.completed").map((event) => event.nodeId);
  const started = events
    .filter((event) => event.type === "node.started")
    .map((e) => `${e.nodeId}#${e.payload.attempt}`);
  for (const [what, names] of Object.entries({ completed, started })) {
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) findings.duplicated(`${runId}: node ${twice} ${what} twice`);
  }
}

/** What was asked for is there: once when acknowledged, at most once when not. */
export function checkIntents(
  runs: ReadonlyMap<string, RunEvidence>,
  intents: readonly RunIntent[],
  findings: Findings,
) {
  const byTag = new Map<string, RunEvidence[]>();
  for (const run of runs.values()) {
    // A fork has the tags of its source; nobody asked for it by them.
    if (run.fork) continue;
    for (const tag of run.tags) byTag.set(tag, [...(byTag.get(tag) ?? []), run]);
  }
  for (const intent of intents) {
    const { tag, acknowledged } = intent;
    const found = byTag.get(tag) ?? [];
    if (found.length > 1) findings.duplicated(`${tag} (${intent.key ?? "no key"}) made ${found.length} runs`);
    const ids = new Set(acknowledged);
    if (ids.size > 1) findings.duplicated(`${tag}: one key was acknowledged with ${ids.size} run ids`);
    for (const runId of ids) {
      if (!runs.has(runId)) findings.lost(`run ${runId} (${tag}) was acknowledged and is gone`);
    }
    for (const run of found) checkScenarioEnd(run, intent.scenario.ends, tag, findings);
  }
}

/** Whether the run ended, and as its workflow says. */
export function checkScenarioEnd(run: RunEvidence, ends: readonly string[], name: string, findings: Findings): void {
  const end = endOf(run);
  if (end === undefined) {
    findings.lost(`run ${run.runId} (${name}, ${run.workflowId}) never ended: ${run.status}, ${lastEvents(run)}`);
  } else if (!ends.includes(end)) {
    findings.broken(`run ${run.runId} (${name}, ${run.workflowId}) ended as ${end}, not ${ends.join(" or ")}`);
  }
}

/** `completed`, `failed:<code>` or `cancelled`; undefined while it has not ended. */
export function endOf({ status, events }: RunEvidence): string | undefined {
  if (status === "completed" || status === "cancelled") return status;
  if (status !== "failed") return undefined;
  return `failed:${events.at(-1)?.payload?.error?.code}`;
}

function lastEvents(run: RunEvidence): string {
  return `last events ${run.events
    .slice(-3)
    .map((event) => event.type)
    .join(", ")}`;
}

/** A question has one winner, in the answers as in the log; everybody else heard 409. A branch asks anew. */
export function checkAnswers(
  runs: ReadonlyMap<string, RunEvidence>,
  answers: Iterable<AnswerIntent>,
  findings: Findings,
): void {
  for (const { runId, nodeId, interruptId, tries } of answers) {
    const winners = tries.filter(({ status }) => status === 200);
    if (winners.length > 1)
      findings.duplicated(`question ${interruptId} was answered ${winners.length} times with 200`);
    const odd = tries.find(({ status }) => ![200, 409, 503, undefined].includes(status));
    if (odd) findings.broken(`an answer to ${interruptId} got ${odd.status}`);
    const run = runs.get(runId);
    const resolved = (run ? ownEvents(run) : []).filter(
      (event) => event.type === "interrupt.resolved" && event.nodeId === nodeId,
    );
    if (resolved.length > 1) findings.duplicated(`${runId}: ${nodeId} was resolved ${resolved.length} times`);
    if (winners.length === 1 && resolved.length === 0)
      findings.lost(`the answer to ${interruptId} was taken and is gone`);
    const taken = resolved[0]?.payload.resumeValue?.comment;
    if (winners.length === 1 && resolved.length === 1 && taken !== winners[0]?.comment) {
      findings.broken(`${interruptId}: "${winners[0]?.comment}" heard 200, the log took "${taken}"`);
    }
  }
}
