// openwop:parley.time

import type { Clock } from "#ports/clock.ts";
import type { Tool, ToolOutcome } from "#ports/tools.ts";
import { modelNameOf } from "./tool-table.ts";

const TOOL_ID = "openwop:parley.time";

/** `homeTimeZone`: IANA name, used when the model asks for none. */
export function timeTool(clock: Clock, homeTimeZone: () => string): Tool {
  return {
    toolId: TOOL_ID,
    modelName: modelNameOf(TOOL_ID),
    description:
      "Tells the present date, time and weekday. Use it whenever an answer depends on today or now: you cannot know " +
      "them otherwise.",
    parameters: {
      type: "object",
      properties: {
        timeZone: {
          type: "string",
          minLength: 1,
          maxLength: 64,
          description: `IANA name such as Europe/Berlin; ${homeTimeZone} when left out.`,
        },
      },
      required: [],
      additionalProperties: false,
    },
    effectClass: "read",
    needsApproval: false,
    timeoutMs: 5_000,
    activity: () => "checking the time",
    async perform({ arguments: { timeZone } }) {
      return tell(clock.nowMs(), typeof timeZone === "string" ? timeZone : homeTimeZone());
    },
  };
}

function tell(nowMs: number, timeZone: string): ToolOutcome {
  const format = formatFor(timeZone);
  if (!format) {
    const message = `${JSON.stringify(timeZone)} is no time zone; use an IANA name such as Europe/Berlin or UTC.`;
    return { outcome: "failed", message };
  }
  const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? "";
  // GMT+05:30; plain GMT in UTC itself.
  const offset = part("timeZoneName").replace("GMT", "") || "+00:00";
  const date = `${part("year")}-${part("month")}-${part("day")}`;
  const time = `${part("hour")}:${part("minute")}:${part("second")}`;
  return {
    outcome: "done",
    value: {
      now: new Date(nowMs).toISOString(),
      timeZone: format.resolvedOptions().timeZone,
      weekday: part("weekday"),
      date,
      localTime: `${part("hour")}:${part("minute")}`,
      local: `${date}T${time}${offset}`,
    },
  };
}

function formatFor(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "long",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZoneName: "longOffset",
    });
  } catch {
    return undefined;
  }
}
