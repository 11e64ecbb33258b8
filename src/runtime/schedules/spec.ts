// What a schedule's words mean: the config of a trigger, or a request, made a plan (runs.md §13).

import type { CatchUp, SchedulePlan, ScheduleRow } from "#ports/rows/schedules.ts";
import { editDistance } from "#protocol/edit-distance.ts";
import { ParleyError } from "#protocol/errors.ts";
import { isJsonObject, type JsonObject } from "#protocol/json.ts";
import { MAX_FUTURE_HORIZON, MAX_FUTURE_HORIZON_MS } from "#protocol/schedules.ts";
import { cronProblem } from "./cron.ts";
import { nextDueOf } from "./plan.ts";
import { isZone } from "./zone.ts";

export interface ScheduleSpec {
  plan: SchedulePlan;
  catchUp: CatchUp;
  inputs: JsonObject;
  /** Absent: it was due before, once. */
  nextDueMs?: number;
}

/**
 * Reads the words of a schedule. `before`: the one that stands under the same name; what did not change goes on.
 * Throws `validation_error`, `invalid_timezone` and `schedule_horizon_exceeded`; `path` names the place.
 */
export function readSpec(words: JsonObject, path: string, nowMs: number, before?: ScheduleRow): ScheduleSpec {
  const reader = new Reader(words, path);
  reader.refuseMisspelt();
  const plan = goneOn(planOf(reader, nowMs), before);
  const goesOn = before?.state === "active" && isSame(before.plan, plan);
  const nextDueMs = goesOn ? before.nextDueMs : nextDueOf(plan)(nowMs);
  if (nextDueMs === undefined && !(before && isSame(before.plan, plan))) throw neverDue(reader, plan);
  if (nextDueMs !== undefined) requireInHorizon(reader.at(wayOf(reader)), nextDueMs, nowMs);
  const next = nextDueMs === undefined ? {} : { nextDueMs };
  return { plan, catchUp: catchUpOf(reader), inputs: reader.object("inputs"), ...next };
}

/** An interval goes on at its old beat. */
function goneOn(plan: SchedulePlan, before: ScheduleRow | undefined): SchedulePlan {
  const old = before?.plan;
  return old?.kind === "every" && plan.kind === "every" && old.everyMs === plan.everyMs ? old : plan;
}

function isSame(a: SchedulePlan, b: SchedulePlan): boolean {
  switch (a.kind) {
    case "cron":
      return b.kind === "cron" && a.cron === b.cron && a.timezone === b.timezone;
    case "every":
      return b.kind === "every" && a.everyMs === b.everyMs && a.anchorMs === b.anchorMs;
    case "at":
      return b.kind === "at" && a.atMs === b.atMs;
  }
}

const WAYS = ["cron", "every", "at", "delayMs"] as const;
const KNOWN = [...WAYS, "timezone", "catchUp", "missedFirePolicy", "inputs"] as const;

/** The one member that says when. */
function wayOf(reader: Reader): (typeof WAYS)[number] {
  const [way, ...more] = WAYS.filter((name) => reader.has(name));
  if (way !== undefined && more.length === 0) return way;
  throw reader.problem("", `needs exactly one of ${WAYS.join(", ")}`, { allowed: [...WAYS] });
}

function planOf(reader: Reader, nowMs: number): SchedulePlan {
  const way = wayOf(reader);
  if (way !== "cron" && reader.has("timezone")) throw reader.problem("timezone", "goes with cron only");
  switch (way) {
    case "cron":
      return cronPlan(reader);
    case "every": {
      const everyMs = reader.duration("every", reader.text("every"));
      if (everyMs < MIN_EVERY_MS) throw reader.problem("every", "must be a second at least");
      return { kind: "every", everyMs, anchorMs: nowMs };
    }
    case "at":
      return { kind: "at", atMs: reader.time("at") };
    case "delayMs":
      return { kind: "at", atMs: nowMs + Math.max(1, reader.milliseconds("delayMs")) };
  }
}

const MIN_EVERY_MS = 1_000;

function cronPlan(reader: Reader): SchedulePlan {
  const cron = reader.text("cron").trim();
  const problem = cronProblem(cron);
  if (problem !== undefined) throw reader.problem("cron", problem, { cron });
  const timezone = reader.has("timezone") ? reader.text("timezone") : "UTC";
  if (!isZone(timezone)) {
    const field = reader.at("timezone");
    const message = `${field}: there is no time zone "${timezone}"; names are as in Europe/Berlin.`;
    throw new ParleyError("invalid_timezone", { field, timezone }, { message });
  }
  return { kind: "cron", cron, timezone };
}

/** parley's word is finer than the contract's; only one of both may be there. */
function catchUpOf(reader: Reader): CatchUp {
  if (reader.has("catchUp") && reader.has("missedFirePolicy")) {
    throw reader.problem("catchUp", "goes without missedFirePolicy: both say what a missed slot becomes");
  }
  if (reader.has("missedFirePolicy")) {
    const policy = reader.text("missedFirePolicy");
    if (policy === "skip") return { mode: "none" };
    // Never more than one run, whatever was missed (rule 4): to fire all is to fire once.
    if (policy === "fire-once" || policy === "fire-all") return { mode: "one" };
    throw reader.problem("missedFirePolicy", "must be skip, fire-once or fire-all");
  }
  if (!reader.has("catchUp")) return { mode: "one" };
  const text = reader.text("catchUp");
  if (text === "none" || text === "one") return { mode: text };
  const [, duration] = /^within (.+)$/.exec(text) ?? [];
  if (duration === undefined) throw reader.problem("catchUp", "must be none, one or, for instance, within 15m");
  return { mode: "within", withinMs: reader.duration("catchUp", duration) };
}

function neverDue(reader: Reader, plan: SchedulePlan): ParleyError {
  if (plan.kind === "at") return reader.problem("at", "lies in the past");
  return reader.problem("cron", "names no date that there is");
}

function requireInHorizon(field: string, dueMs: number, nowMs: number): void {
  if (dueMs - nowMs <= MAX_FUTURE_HORIZON_MS) return;
  const message = `${field}: the first fire time lies further ahead than ${MAX_FUTURE_HORIZON}.`;
  throw new ParleyError(
    "schedule_horizon_exceeded",
    { field, maxFutureHorizon: MAX_FUTURE_HORIZON, fireAt: inWords(dueMs) },
    { message },
  );
}

const LAST_DATE_MS = 8.64e15;

function inWords(atMs: number): string {
  return atMs > LAST_DATE_MS ? "beyond all dates" : new Date(atMs).toISOString();
}

const DURATION = /^(\d{1,12})(ms|s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** Reads members of the words, and names the place in what it throws. */
class Reader {
  readonly #words: JsonObject;
  readonly #path: string;

  constructor(words: JsonObject, path: string) {
    this.#words = words;
    this.#path = path;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#words, name);
  }

  at(name: string): string {
    return [this.#path, name].filter((part) => part !== "").join(".");
  }

  problem(name: string, message: string, details: Record<string, unknown> = {}): ParleyError {
    const field = this.at(name) || "body";
    return new ParleyError("validation_error", { field, ...details }, { message: `${field}: ${message}.` });
  }

  /** The config of a trigger is open; but a word next to one of ours is a mistake that would silently do nothing. */
  refuseMisspelt(): void {
    for (const name of Object.keys(this.#words)) {
      if ((KNOWN as readonly string[]).includes(name)) continue;
      const meant = KNOWN.find((known) => editDistance(name.toLowerCase(), known.toLowerCase()) <= 1);
      if (meant !== undefined) throw this.problem(name, `is not known; ${meant} is`, { allowed: [...KNOWN] });
    }
  }

  text(name: string): string {
    const value = this.#words[name];
    if (typeof value === "string" && value !== "") return value;
    throw this.problem(name, "must be text");
  }

  object(name: string): JsonObject {
    const value = this.#words[name] ?? {};
    if (isJsonObject(value)) return value;
    throw this.problem(name, "must be an object");
  }

  milliseconds(name: string): number {
    const value = this.#words[name];
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw this.problem(name, "must be a whole number of milliseconds");
  }

  duration(name: string, text: string): number {
    const [, amount, unit = ""] = DURATION.exec(text) ?? [];
    if (amount === undefined) throw this.problem(name, "must be a number and ms, s, m, h or d, as in 15m");
    return Number(amount) * (UNIT_MS[unit] as number);
  }

  time(name: string): number {
    const text = this.text(name);
    const value = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(value)) throw this.problem(name, "must be a time with a zone, as in 2026-03-01T09:00:00Z");
    return value;
  }
}
