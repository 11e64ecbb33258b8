// Pause and resume on the wire (runs.md §4.3), and the events that tell of them.

import { RunStatusSchema } from "./runs.ts";
import Type, { OneOf } from "./type.ts";

const closed = { additionalProperties: false } as const;
const open = { additionalProperties: true } as const;
const Reason = Type.Optional(Type.String({ maxLength: 512 }));
const Iso = Type.String({ format: "date-time" });

export const drainPolicies = ["drain-current-node", "immediate"] as const;
export type DrainPolicy = (typeof drainPolicies)[number];

export const PauseRun = Type.Object(
  { reason: Reason, drainPolicy: Type.Optional(OneOf([...drainPolicies])) },
  { ...closed, $id: "PauseRun" },
);

export const ResumeRun = Type.Object({ reason: Reason }, { ...closed, $id: "ResumeRun" });

/** `pausedAt` is absent while the run still comes to the end of what it does. */
export const RunPaused = Type.Object(
  { runId: Type.String(), status: RunStatusSchema, pausedAt: Type.Optional(Iso) },
  { $id: "RunPaused" },
);

export const RunResumed = Type.Object(
  { runId: Type.String(), status: RunStatusSchema, resumedAt: Type.Optional(Iso) },
  { $id: "RunResumed" },
);

const PauseRequest = Type.Object(
  { drainPolicy: OneOf([...drainPolicies]), reason: Type.Optional(Type.String()), requestedBy: Type.String() },
  open,
);
const Resumption = Type.Object({ reason: Type.Optional(Type.String()), resumedBy: Type.String() }, open);

export const pausePayloads = {
  "run.paused": Type.Object(
    { ...PauseRequest.properties, interruptedNodes: Type.Optional(Type.Array(Type.String())) },
    open,
  ),
  "run.resumed": Resumption,
  "parley.run.pause-requested": PauseRequest,
  "parley.run.pause-withdrawn": Resumption,
} as const;
