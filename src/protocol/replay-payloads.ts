// Payloads of the events that only a replay writes (runs.md §8, §14.4).

import Type, { OneOf } from "./type.ts";

const Id = Type.String({ minLength: 1 });

export const replayPayloads = {
  "replay.diverged": Type.Object(
    {
      sourceRunId: Id,
      /** Where in the source's log. */
      atSequence: Type.Integer({ minimum: 0 }),
      divergenceKind: OneOf(["output", "missing", "extra", "type-mismatch"]),
      /** Type of the event that the replay came to. */
      divergencePoint: Id,
      /** Left out where the source has no event. */
      originalEventId: Type.Optional(Id),
      /** The event of the replay that differs: the next one of its log. */
      replayEventId: Id,
    },
    { additionalProperties: true },
  ),
} as const;
