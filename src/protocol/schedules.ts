// Schedules and dead letters on the wire (runs.md §12.2, §13; routes of parley's own under /v1/host/parley).

import Type, { AnyObject, OneOf } from "./type.ts";

const closed = { additionalProperties: false } as const;
const Time = Type.String({ description: "ISO 8601, UTC." });

/** The longest way ahead that a fire time may lie, as claimed in discovery: five years reach the next 29 February. */
export const MAX_FUTURE_HORIZON = "P1830D";
export const MAX_FUTURE_HORIZON_MS = 1830 * 86_400_000;

/** When and how, as a trigger's config and a request say it: exactly one of cron, every, at, delayMs. */
export const scheduleMembers = {
  cron: Type.Optional(
    Type.String({ maxLength: 256, description: "5 fields, or 6 with seconds first; local time of the zone." }),
  ),
  timezone: Type.Optional(
    Type.String({ maxLength: 64, description: "IANA zone of the cron expression; default UTC." }),
  ),
  every: Type.Optional(Type.String({ maxLength: 32, description: "Interval: a number and ms, s, m, h or d." })),
  at: Type.Optional(Type.String({ maxLength: 64, description: "Once, at this time: ISO 8601 with a zone." })),
  delayMs: Type.Optional(Type.Integer({ minimum: 0, description: "Once, this long after it was made." })),
  catchUp: Type.Optional(
    Type.String({
      maxLength: 32,
      description: "What a missed slot becomes: none, one (the default: the newest runs), or `within 15m`.",
    }),
  ),
  missedFirePolicy: Type.Optional(OneOf(["skip", "fire-once", "fire-all"])),
  inputs: Type.Optional(AnyObject),
};

export const CreateSchedule = Type.Object(
  { workflowId: Type.String({ minLength: 1, maxLength: 128 }), ...scheduleMembers },
  { ...closed, $id: "CreateSchedule" },
);

const Slot = Type.Object(
  {
    scheduledAt: Time,
    outcome: OneOf(["run", "skipped-late", "skipped-paused", "failed"]),
    accountedAt: Time,
    runId: Type.Optional(Type.String()),
    isCatchUp: Type.Optional(Type.Boolean()),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
    throughAt: Type.Optional(Type.String({ description: "Skipped slots in a row: the last of them." })),
    count: Type.Optional(Type.Integer({ minimum: 2, description: "How many they are." })),
    countIsFloor: Type.Optional(Type.Boolean({ description: "There are more than that." })),
  },
  closed,
);

const schedule = {
  scheduleId: Type.String(),
  workflowId: Type.String(),
  triggerId: Type.Optional(Type.String()),
  state: OneOf(["active", "paused", "ended"]),
  cron: Type.Optional(Type.String()),
  timezone: Type.Optional(Type.String()),
  everyMs: Type.Optional(Type.Integer()),
  at: Type.Optional(Time),
  catchUp: Type.String(),
  inputs: AnyObject,
  nextDueAt: Type.Optional(Time),
  createdAt: Time,
};

export const Schedule = Type.Object(schedule, { ...closed, $id: "Schedule" });
export const ScheduleDetails = Type.Object(
  { ...schedule, slots: Type.Array(Slot) },
  { ...closed, $id: "ScheduleDetails" },
);
export const ScheduleList = Type.Object(
  { schedules: Type.Array(Schedule), nextCursor: Type.Optional(Type.String()) },
  { ...closed, $id: "ScheduleList" },
);

/** How long a dead letter can be read and forked, as claimed in discovery; then its run is purged. */
export const DEAD_LETTER_RETENTION_DAYS = 30;

const deadLetter = {
  runId: Type.String(),
  workflowId: Type.String(),
  nodeId: Type.String(),
  reason: Type.String(),
  attempts: Type.Integer({ minimum: 1 }),
  deadLetteredAt: Time,
  expiresAt: Type.String({ description: "ISO 8601, UTC: when the run is purged." }),
};

export const DeadLetter = Type.Object(deadLetter, { ...closed, $id: "DeadLetter" });
export const DeadLetterList = Type.Object(
  { deadLetters: Type.Array(DeadLetter), nextCursor: Type.Optional(Type.String()) },
  { ...closed, $id: "DeadLetterList" },
);
