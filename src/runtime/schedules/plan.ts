// A plan: the times at which a schedule is due, as arithmetic. No clock here.

import type { SchedulePlan } from "#ports/rows/schedules.ts";
import { CronClock } from "./cron.ts";

/** Tells the first time after an instant, epoch ms; undefined: none is left. */
export type NextDue = (afterMs: number) => number | undefined;

export function nextDueOf(plan: SchedulePlan): NextDue {
  switch (plan.kind) {
    case "cron": {
      const clock = new CronClock(plan.cron, plan.timezone);
      return (afterMs) => clock.nextAfter(afterMs);
    }
    case "every":
      return (afterMs) => {
        const passed = Math.floor((afterMs - plan.anchorMs) / plan.everyMs);
        return plan.anchorMs + Math.max(1, passed + 1) * plan.everyMs;
      };
    case "at":
      return (afterMs) => (plan.atMs > afterMs ? plan.atMs : undefined);
  }
}
