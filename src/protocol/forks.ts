// Forks and diffs on the wire (runs.md §14).

import { EventPage, RunStatusSchema } from "./runs.ts";
import Type, { AnyObject, OneOf, type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;

/** Options of the source that a branch takes others for. */
const RunOptionsOverlay = Type.Object(
  {
    /** Laid over the source's, key by key. */
    configurable: Type.Optional(AnyObject),
    tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100 })),
    metadata: Type.Optional(AnyObject),
    /** Values of declared variables at the fork point. */
    variables: Type.Optional(AnyObject),
  },
  closed,
);

/** `POST /v1/runs/{runId}:fork`. */
export const ForkRun = Type.Object(
  {
    mode: OneOf(["replay", "branch"]),
    /** First sequence that the fork produces by itself. Required for a branch; a replay begins at 0. */
    fromSeq: Type.Optional(Type.Integer({ minimum: 0 })),
    runOptionsOverlay: Type.Optional(RunOptionsOverlay),
  },
  { ...closed, $id: "ForkRun" },
);
export type ForkRun = Static<typeof ForkRun>;

export const RunForked = Type.Object(
  {
    runId: Type.String(),
    sourceRunId: Type.String(),
    fromSeq: Type.Integer({ minimum: 0 }),
    mode: OneOf(["replay", "branch"]),
    status: RunStatusSchema,
    eventsUrl: Type.String(),
  },
  { additionalProperties: true, $id: "RunForked" },
);
export type RunForked = Static<typeof RunForked>;

const Event = EventPage.properties.events.items;

/** `GET /v1/runs/{runId}:diff` (schema `run-diff-response`). */
export const RunDiff = Type.Object(
  {
    a: Type.String(),
    b: Type.String(),
    divergedAtSeq: Type.Unsafe<number | null>({ type: ["integer", "null"], minimum: 0 }),
    eventDiffs: Type.Array(
      Type.Object(
        {
          seq: Type.Integer({ minimum: 0 }),
          op: OneOf(["added", "removed", "changed"]),
          aEvent: Type.Optional(Event),
          bEvent: Type.Optional(Event),
        },
        closed,
      ),
    ),
    stateDiff: AnyObject,
    truncated: Type.Optional(Type.Boolean()),
  },
  { ...closed, $id: "RunDiff" },
);
