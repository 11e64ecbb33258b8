// Trace: the way of one message, from its arrival to the delivered answer, read from what is stored.
//
//   received → stored → run, step … → outbox → delivered; a retry adds another run, an agent that asks another one adds
//   the steps of that run.
//
//   Everything is bounded: a trace is for reading. What is left out is said in a step of its own.

import type { RunRow, StoredMessage } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { MessageTrace, TraceStep } from "#protocol/threads.ts";
import { parseBatches } from "#runtime/history.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { isoTime } from "./times.ts";
import { answersIn } from "./trace-answers.ts";
import { sayEvent } from "./trace-words.ts";
import { askedMessage, runsOf } from "./turn-runs.ts";

/** Newest attempts of one message that are shown. */
const MAX_ATTEMPTS = 20;
/** Runs in all, with those that agents started. */
const MAX_RUNS = 60;
/** Of a run with more, that many from its beginning and from its end. */
const MAX_EVENTS_OF_RUN = 1_000;
const MAX_STEPS = 3_000;

/** The trace of a message, or of the message that an agent's message answers. Throws `not_found`. */
export async function traceMessage(deps: AppDeps, call: Call, messageId: string): Promise<MessageTrace> {
  const message = await askedMessage(deps, call, messageId);
  const runs = await runsOf(deps, message, MAX_ATTEMPTS);
  const steps: TraceStep[] = arrivalOf(message);
  const budget = { runs: MAX_RUNS };
  for (const run of runs) steps.push(...(await stepsOfRun(deps, run, budget)));
  steps.push(...(await answersOf(deps, message, runs)));
  // A stable sort: steps of one commit keep the order in which they are said here.
  steps.sort((a, b) => a.at.localeCompare(b.at));
  return {
    messageId: message.messageId,
    threadId: message.threadId,
    runId: runs.at(-1)?.start.runId ?? message.runId,
    steps: shorten(steps),
  };
}

function arrivalOf({ atMs, position, messageId }: StoredMessage): TraceStep[] {
  const at = isoTime(atMs);
  return [
    { at, kind: "received", text: "The message arrived.", detail: messageId },
    { at, kind: "stored", text: `It is stored for good, as message ${position} of its thread.` },
  ];
}

/** A run's beginning, its events, and those of the runs that it started. */
async function stepsOfRun(deps: AppDeps, run: RunRow, budget: { runs: number }): Promise<TraceStep[]> {
  budget.runs -= 1;
  const { runId, createdMs } = run.start;
  const steps: TraceStep[] = [{ at: isoTime(createdMs), kind: "run", text: purposeOf(run), runId }];
  const children = new Set<string>();
  let next = 0;
  for (const event of await eventsOf(deps, run)) {
    if (event.sequence > next) steps.push(leftOut(event, runId, event.sequence - next));
    next = event.sequence + 1;
    steps.push(...stepOf(event, runId));
    const { childRunId } = event.payload;
    if (typeof childRunId === "string") children.add(childRunId);
  }
  for (const childRunId of children) {
    const child = budget.runs > 0 ? await deps.store.readRun(childRunId) : undefined;
    // A log names runs of its own tenant; anything else is none of this trace.
    if (child?.start.tenantId === run.start.tenantId) steps.push(...(await stepsOfRun(deps, child, budget)));
  }
  return steps;
}

/** The events of a run; of a long one those of its beginning and its end, which say how it came out. */
async function eventsOf({ store }: AppDeps, { start, lastSequence }: RunRow): Promise<RunEvent[]> {
  const read = async (from: number) => parseBatches(await store.readLog(start.runId, from, MAX_EVENTS_OF_RUN));
  const head = await read(0);
  const behind = (head.at(-1)?.sequence ?? -1) + 1;
  if (behind > lastSequence) return head;
  const tailFrom = Math.max(behind, lastSequence - MAX_EVENTS_OF_RUN + 1);
  return [...head, ...(await read(tailFrom)).filter(({ sequence }) => sequence >= tailFrom)];
}

function leftOut({ timestamp: at }: RunEvent, runId: string, count: number): TraceStep {
  return { at, kind: "step", text: `${count} more events of the run are not shown.`, runId };
}

function purposeOf({ start }: RunRow): string {
  const name = start.agent?.name ?? start.workflowId;
  if (start.parent) return `${name} is asked to help.`;
  return typeof start.metadata["parley.retryOf"] === "string" ? `${name} is to answer again.` : `${name} is to answer.`;
}

function stepOf(event: RunEvent, runId: string): TraceStep[] {
  const said = sayEvent(event);
  if (!said) return [];
  const { eventId, nodeId, timestamp: at, type } = event;
  const kind = type.startsWith("run.") ? "run" : "step";
  return [{ at, kind, ...said, runId, eventId, ...(nodeId !== undefined && { nodeId }) }];
}

/**
 * What went back. A reply and the outbox row that carries it are one commit, so the reply's time is the row's. The web
 * and the terminal read the thread itself: there a reply is delivered when it stands in it.
 */
async function answersOf(deps: AppDeps, message: StoredMessage, runs: readonly RunRow[]): Promise<TraceStep[]> {
  const answers = await answersIn(deps, message, runs);
  return answers.flatMap(({ atMs, runId, role, messageId, position: at }): TraceStep[] => {
    const what = role === "system" ? "A notice" : "The answer";
    return [
      { at: isoTime(atMs), kind: "outbox", text: `${what} is written and on its way.`, runId, detail: messageId },
      { at: isoTime(atMs), kind: "delivered", text: `${what} stands in the thread, as message ${at}.`, runId },
    ];
  });
}

/** The beginning and the end say more than the middle. */
function shorten(steps: TraceStep[]): TraceStep[] {
  if (steps.length <= MAX_STEPS) return steps;
  const half = MAX_STEPS / 2;
  const [head, tail] = [steps.slice(0, half), steps.slice(-half)];
  const at = (head.at(-1) as TraceStep).at;
  return [...head, { at, kind: "step", text: `${steps.length - MAX_STEPS} more steps are not shown.` }, ...tail];
}
