// Times in words. Everything takes "now" as an argument; presentMs gives it, useNow one that ticks.

import { useEffect, useState } from "preact/hooks";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clockFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const secondsFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const dateFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const yearFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export function clock(ms: number): string {
  return clockFormat.format(ms);
}

export function clockWithSeconds(ms: number): string {
  return secondsFormat.format(ms);
}

/** "21 Nov, 12:17:56". */
export function dateAndTime(ms: number): string {
  return `${dateFormat.format(ms)}, ${secondsFormat.format(ms)}`;
}

export function fullTime(ms: number): string {
  return fullFormat.format(ms);
}

function dayStart(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** The day for a divider: "Today", "Yesterday", "Monday", "3 Mar". */
export function dayName(ms: number, nowMs: number): string {
  const days = Math.round((dayStart(nowMs) - dayStart(ms)) / DAY);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days > 1 && days < 7) return weekdayFormat.format(ms);
  return new Date(ms).getFullYear() === new Date(nowMs).getFullYear() ? dateFormat.format(ms) : yearFormat.format(ms);
}

/** For lists: the time today, else the day. */
export function shortTime(ms: number, nowMs: number): string {
  return dayStart(ms) === dayStart(nowMs) ? clock(ms) : dayName(ms, nowMs);
}

/** "0.4 s", "12 s", "3 min 05 s", "2 h 10 min": for people, no more than two units. */
export function duration(ms: number): string {
  if (ms < 10 * SECOND) return ms < SECOND ? `${Math.max(0, Math.round(ms))} ms` : `${(ms / SECOND).toFixed(1)} s`;
  return seconds(ms);
}

/** Like `duration`, in whole seconds: for what counts up or down before the eye. */
export function seconds(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / SECOND));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  const days = Math.floor(whole / 86_400);
  return days === 1 ? "1 day" : `${days} days`;
}

/** An offset into a run: "+0.000 s" to the millisecond, as logs have it. */
export function offset(ms: number): string {
  return ms < MINUTE ? `+${(Math.max(0, ms) / SECOND).toFixed(3)} s` : `+${seconds(ms)}`;
}

/** A difference of a few seconds is the way of the answer, and what its date leaves out. */
const TRUSTED_SKEW_MS = 5 * SECOND;

let skewMs = 0;

/** The time at which parley answered. Where this browser's clock is wrong, parley's counts: deadlines are its own. */
export function noteServerTime(date: string | null): void {
  const atMs = Date.parse(date ?? "");
  if (Number.isNaN(atMs)) return;
  const differenceMs = atMs - Date.now();
  skewMs = Math.abs(differenceMs) > TRUSTED_SKEW_MS ? differenceMs : 0;
}

/** The present, by parley's clock. */
export function presentMs(): number {
  return Date.now() + skewMs;
}

/** The present, renewed every `everyMs` while `active`. */
export function useNow(everyMs: number, active = true): number {
  const [now, setNow] = useState(presentMs);
  useEffect(() => {
    if (!active) return;
    setNow(presentMs());
    const timer = setInterval(() => setNow(presentMs()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, active]);
  return now;
}
