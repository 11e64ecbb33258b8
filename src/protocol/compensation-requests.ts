// `POST /v1/host/parley/runs/{runId}/compensate`: an operator asks for the effects of a run to be undone.

import { compensationStatuses } from "./compensation.ts";
import { RunStatusSchema } from "./runs.ts";
import Type, { OneOf, type Static } from "./type.ts";

const operatorActions = ["start", "resume"] as const;

export const CompensateRun = Type.Object(
  {
    action: Type.Optional(OneOf(operatorActions)),
    reason: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: false, $id: "CompensateRun" },
);
export type CompensateRun = Static<typeof CompensateRun>;

export const RunCompensating = Type.Object(
  { runId: Type.String(), status: RunStatusSchema, compensationStatus: OneOf(compensationStatuses) },
  { $id: "RunCompensating" },
);
