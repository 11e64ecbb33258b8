// parley schedules list, show, pause, resume, run

import { path } from "../client.ts";
import type { Handler } from "../command.ts";
import { exitCodes } from "../failures.ts";
import { collect, readList, shortTime, showList } from "../pages.ts";
import { oneLine } from "../terminal.ts";
import { listBounds } from "./runs.ts";

interface ShownSchedule {
  scheduleId: string;
  workflowId: string;
  triggerId?: string;
  state: string;
  cron?: string;
  timezone?: string;
  everyMs?: number;
  at?: string;
  catchUp: string;
  nextDueAt?: string;
}

interface ShownSlot {
  scheduledAt: string;
  outcome: string;
  runId?: string;
  isCatchUp?: boolean;
  error?: { code: string; message: string };
  throughAt?: string;
  count?: number;
  countIsFloor?: boolean;
}

const BASE = "/v1/host/parley/schedules";

export const listSchedules: Handler = async (call) => {
  const { client, options } = call;
  const workflowId = options.text("workflow");
  const limit = options.count("limit", listBounds);
  const query = { workflowId };
  const all = await collect(readList<ShownSchedule>(client, { path: BASE, member: "schedules", query, limit }));
  return showList(call, all, {
    none: "Nothing runs by the clock. A workflow's schedule trigger makes it so, or POST /v1/host/parley/schedules.",
    head: ["SCHEDULE", "WORKFLOW", "STATE", "WHEN", "NEXT"],
    row: rowOf,
  });
};

function rowOf(one: ShownSchedule): string[] {
  return [one.scheduleId, one.workflowId, one.state, whenOf(one), shortTime(one.nextDueAt)];
}

function whenOf({ cron, timezone, everyMs, at }: ShownSchedule): string {
  if (cron !== undefined) return `${cron} ${timezone}`;
  return everyMs === undefined ? `once at ${shortTime(at)}` : `every ${everyMs / 1_000} s`;
}

export const showSchedule: Handler = async ({ client, terminal, options, arguments: [scheduleId = ""] }) => {
  const shown = await client.get<ShownSchedule & { slots: ShownSlot[] }>(path`/v1/host/parley/schedules/${scheduleId}`);
  if (options.flag("json")) {
    terminal.json(shown);
    return exitCodes.completed;
  }
  const { workflowId, state, catchUp, slots } = shown;
  terminal.out(`${scheduleId}  ${workflowId}  ${state}  ${whenOf(shown)}  catch-up ${catchUp}`);
  if (shown.nextDueAt !== undefined) terminal.out(`next  ${shortTime(shown.nextDueAt)}`);
  if (slots.length > 0) terminal.table([["SLOT", "OUTCOME", "RUN"], ...slots.map(slotOf)]);
  return exitCodes.completed;
};

function slotOf(slot: ShownSlot): string[] {
  const { scheduledAt, throughAt, count, countIsFloor, outcome, isCatchUp, error, runId } = slot;
  const times =
    throughAt === undefined ? "" : ` to ${shortTime(throughAt)} (${count}${countIsFloor ? " or more" : ""})`;
  const why = error ? `: ${oneLine(error.message)}` : isCatchUp ? ", caught up" : "";
  return [`${shortTime(scheduledAt)}${times}`, `${outcome}${why}`, runId ?? ""];
}

const change =
  (verb: "pause" | "resume"): Handler =>
  async ({ client, terminal, options, arguments: [scheduleId = ""] }) => {
    const shown = await client.post<ShownSchedule>(path`/v1/host/parley/schedules/${scheduleId}/${verb}`, {});
    if (options.flag("json")) terminal.json(shown);
    else terminal.out([scheduleId, shown.state, shortTime(shown.nextDueAt)].filter((part) => part !== "").join("  "));
    return exitCodes.completed;
  };

export const pauseSchedule = change("pause");
export const resumeSchedule = change("resume");

export const runSchedule: Handler = async ({ client, terminal, options, arguments: [scheduleId = ""] }) => {
  const created = await client.post<{ runId: string }>(path`/v1/host/parley/schedules/${scheduleId}/run-now`, {});
  if (options.flag("json")) terminal.json(created);
  else terminal.out(created.runId);
  return exitCodes.completed;
};
