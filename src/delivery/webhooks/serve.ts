// One line served: the events of one run that one webhook has not heard yet, in order, until all are told or one fails.

import { linePages } from "#platform/run-log.ts";
import type { WebhookLine } from "#ports/rows/webhooks.ts";
import type { RunStart } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import { type Posted, post } from "../post.ts";
import type { Subscription } from "./book.ts";
import type { DispatcherDeps } from "./dispatcher-deps.ts";
import { gateOf } from "./health.ts";
import { webhookRequest } from "./request.ts";
import { settle } from "./settlement.ts";

/** Of one attempt, the look-up of the name included (streams-webhooks.md §4.3). */
const ATTEMPT_MS = 5_000;
/** Events read from the log at a time. */
const PAGE = 100;

interface LoggedLine {
  event: RunEvent;
  line: string;
}

/** Returns when nothing of the line is left, it has to wait, or it is no longer its turn. Rejects when the store fails. */
export async function serveLine(
  deps: DispatcherDeps,
  subscription: Subscription,
  from: WebhookLine,
  signal: AbortSignal,
): Promise<void> {
  const run = await deps.store.readRun(from.runId);
  let line: WebhookLine = from;
  if (!run) return skipRest(deps, line);
  for await (const next of wantedEvents(deps, subscription, from)) {
    if (signal.aborted || !isItsTurn(deps, subscription, line)) return;
    const posted = await attempt(deps, subscription, run.start, next, signal);
    if (signal.aborted && posted.outcome === "failed") return;
    deps.stopPoint("webhook.posted");
    const outcome = await record(deps, subscription, line, next.event, posted);
    if (outcome === "retrying") return;
    line = { ...line, nextSequence: next.event.sequence + 1, attempts: 0 };
  }
  if (line.nextSequence <= line.throughSequence) await skipRest(deps, line);
}

/** The webhook still wants it, and its breaker lets this line through. */
function isItsTurn({ book, clock }: DispatcherDeps, { row: { webhookId } }: Subscription, line: WebhookLine): boolean {
  const now = book.get(webhookId);
  if (now?.row.state !== "active") return false;
  const gate = gateOf(now.row.health, clock.nowMs());
  return gate.gate !== "open" || (gate.probe.runId === line.runId && gate.probe.redrive === line.redrive);
}

/** The events of the line that the webhook wants, in order, as the log shows them. */
async function* wantedEvents(
  { store }: DispatcherDeps,
  { wanted }: Subscription,
  { runId, nextSequence, throughSequence }: WebhookLine,
): AsyncGenerator<LoggedLine> {
  const range = { from: nextSequence, through: throughSequence };
  for await (const lines of linePages(store, runId, range, PAGE)) {
    for (const line of lines) {
      const event = JSON.parse(line) as RunEvent;
      if (wanted.has(event.type)) yield { event, line };
    }
  }
}

function attempt(
  deps: DispatcherDeps,
  { row, secret }: Subscription,
  start: RunStart,
  logged: LoggedLine,
  signal: AbortSignal,
): Promise<Posted> {
  deps.stopPoint("webhook.due");
  const { webhookId } = row;
  const signing = { nowMs: deps.clock.nowMs(), version: deps.version };
  const { headers, body } = webhookRequest({ webhookId, secret }, start, logged, signing);
  return post({ url: new URL(row.url), headers, body, deadlineMs: ATTEMPT_MS, signal }, deps.resolve);
}

async function record(
  deps: DispatcherDeps,
  { row }: Subscription,
  line: WebhookLine,
  event: RunEvent,
  posted: Posted,
): Promise<string> {
  const { book, clock, ids, logger, random, firstRetryMs } = deps;
  const { webhookId, secretFingerprint } = row;
  const settlement = settle({
    line,
    event,
    posted,
    health: book.get(webhookId)?.row.health ?? row.health,
    nowMs: clock.nowMs(),
    random: random(),
    firstRetryMs,
    recordIds: [ids.next("dlv"), ids.next("dlv")],
  });
  book.noteHealth(webhookId, settlement.health);
  await deps.store.commit({ commitId: ids.next("cmt"), guards: [], appends: [], rows: settlement.rows });
  if (settlement.outcome === "dead-lettered") {
    const told = { webhookId, secretFingerprint, runId: line.runId, eventId: event.eventId };
    logger.warn(told, "a webhook delivery was given up; the webhook waits for parley webhooks redrive");
  }
  return settlement.outcome;
}

/** Nothing in the rest of the line can be told (its run is gone): it ends. */
async function skipRest({ store, ids, clock }: DispatcherDeps, line: WebhookLine): Promise<void> {
  const { webhookId, runId, redrive, throughSequence } = line;
  const row = { op: "settleWebhook", line: { webhookId, runId, redrive }, nextSequence: throughSequence + 1 } as const;
  const rows = [{ ...row, attempts: 0, dueMs: clock.nowMs() }];
  await store.commit({ commitId: ids.next("cmt"), guards: [], appends: [], rows });
}
