// parley runs cancel, pause, resume, annotate

import type { Annotation } from "#protocol/annotations.ts";
import { path } from "../client.ts";
import type { Handler } from "../command.ts";
import { exitCodes, UsageError } from "../failures.ts";
import type { Options } from "../options.ts";
import { displayStatus, type Snapshot } from "../outcome.ts";
import { shortTime, showList } from "../pages.ts";
import { oneLine } from "../terminal.ts";

interface Changed {
  runId: string;
  status: Snapshot["status"];
  pausedAt?: string;
}

interface BulkEntry {
  runId: string;
  ok: boolean;
  status?: Snapshot["status"];
  error?: { code: string; message: string };
}

/** The daemon takes at most so many at once. */
const BULK = 100;

export const cancelRuns: Handler = async ({ client, terminal, options, arguments: runIds }) => {
  const body = reasonOf(options);
  if (runIds.length === 1) {
    const cancelled = await client.post<Changed>(path`/v1/runs/${runIds[0] as string}/cancel`, body);
    if (options.flag("json")) terminal.json(cancelled);
    else terminal.out(`${cancelled.runId}  ${displayStatus(cancelled.status)}`);
    return exitCodes.completed;
  }
  let failed = false;
  for (let at = 0; at < runIds.length; at += BULK) {
    const part = { runIds: runIds.slice(at, at + BULK), ...body };
    const { results } = await client.post<{ results: BulkEntry[] }>("/v1/runs:bulk-cancel", part);
    for (const entry of results) {
      failed ||= !entry.ok;
      if (options.flag("json")) terminal.json(entry);
      else terminal.out(`${entry.runId}  ${outcomeOf(entry)}`);
    }
  }
  return failed ? exitCodes.failed : exitCodes.completed;
};

function outcomeOf({ status, error }: BulkEntry): string {
  if (error) return `${error.message} (${error.code})`;
  return status === undefined ? "" : displayStatus(status);
}

export const pauseRun: Handler = async ({ client, terminal, options, arguments: [runId = ""] }) => {
  const body = { ...(options.flag("now") && { drainPolicy: "immediate" }), ...reasonOf(options) };
  const paused = await client.post<Changed>(path`/v1/runs/${runId}:pause`, body);
  if (options.flag("json")) terminal.json(paused);
  else if (paused.pausedAt === undefined) terminal.out(`${runId}  pauses when the running step has ended`);
  else terminal.out(`${runId}  ${displayStatus(paused.status)}`);
  return exitCodes.completed;
};

export const resumeRun: Handler = async ({ client, terminal, options, arguments: [runId = ""] }) => {
  const resumed = await client.post<Changed>(path`/v1/runs/${runId}:resume`, reasonOf(options));
  if (options.flag("json")) terminal.json(resumed);
  else terminal.out(`${runId}  ${displayStatus(resumed.status)}`);
  return exitCodes.completed;
};

export const annotateRun: Handler = async (call) => {
  const {
    client,
    options,
    arguments: [runId = ""],
  } = call;
  const annotations = path`/v1/runs/${runId}/annotations`;
  const signal = signalOf(options);
  const made = signal
    ? [await client.post<Annotation>(annotations, { signal, ...detailsOf(options) })]
    : (await client.get<{ annotations: Annotation[] }>(annotations)).annotations;
  return showList(call, made, {
    none: "Nobody said anything of this run.",
    head: ["WHEN", "BY", "ABOUT", "SAYS", "NOTE"],
    row: rowOf,
  });
};

function rowOf({ createdAt, actor, target, signal, note }: Annotation): string[] {
  const about = target.nodeId ?? target.eventId ?? "run";
  const said = signal.rating ?? signal.label ?? signal.correction;
  const says = said === undefined ? signal.kind : `${signal.kind}: ${said}`;
  return [shortTime(createdAt), actor.principalRef, about, oneLine(says), oneLine(note ?? "")];
}

/** The one signal that the options name; undefined: none. */
function signalOf(options: Options): object | undefined {
  const [rating, label, correction] = [options.text("rating"), options.text("label"), options.text("correction")];
  const signals = [
    ...(rating === undefined ? [] : [{ kind: "rating", rating: ratingOf(rating) }]),
    ...(label === undefined ? [] : [{ kind: "label", label }]),
    ...(correction === undefined ? [] : [{ kind: "correction", correction }]),
    ...(options.flag("flag") ? [{ kind: "flag" }] : []),
  ];
  if (signals.length > 1) throw new UsageError("Give one of --rating, --label, --correction and --flag.");
  const isAlone = signals.length === 0 && Object.keys(detailsOf(options)).length > 0;
  if (isAlone) throw new UsageError("Give --rating, --label, --correction or --flag with it.");
  return signals[0];
}

function ratingOf(text: string): number {
  if (/^[1-5]$/.test(text)) return Number(text);
  throw new UsageError("--rating is a whole number from 1 to 5.");
}

function detailsOf(options: Options): object {
  const [nodeId, eventId, note] = [options.text("node"), options.text("event"), options.text("note")];
  const target = { ...(nodeId !== undefined && { nodeId }), ...(eventId !== undefined && { eventId }) };
  return { ...(Object.keys(target).length > 0 && { target }), ...(note !== undefined && { note }) };
}

function reasonOf(options: Options): { reason?: string } {
  const reason = options.text("reason");
  return reason === undefined ? {} : { reason };
}
