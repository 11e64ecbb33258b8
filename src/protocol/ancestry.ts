// Ancestry on the wire (schema `run-ancestry-response`). All parents are runs of this host so far.

import Type, { OneOf, type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;
const Id = Type.String({ minLength: 1 });

const Parent = Type.Object(
  { runId: Id, hostId: Id, cause: OneOf(["mcp-tool-call", "a2a-message", "core.subWorkflow", "core.dispatch"]) },
  closed,
);

export const RunAncestry = Type.Object(
  { runId: Id, hostId: Id, parent: Type.Union([Type.Unsafe<null>({ type: "null" }), Parent]) },
  { ...closed, $id: "RunAncestry" },
);
export type RunAncestry = Static<typeof RunAncestry>;
