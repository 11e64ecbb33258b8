// Artifacts and debug bundles on the wire (runs.md §8, operations.md §6).

import { Annotation } from "./annotations.ts";
import { RunSnapshot } from "./runs.ts";
import Type, { AnyObject } from "./type.ts";

const open = { additionalProperties: true } as const;
const Id = Type.String({ minLength: 1 });

export const artifactPayloads = {
  "artifact.created": Type.Object(
    {
      artifactId: Id,
      artifactType: Id,
      nodeId: Type.Optional(Id),
      version: Type.Optional(Type.String()),
      summary: Type.Optional(Type.String()),
      registered: Type.Optional(Type.Boolean()),
      registrationSource: Type.Optional(Type.String()),
    },
    open,
  ),
} as const;

export const RunArtifact = Type.Object(
  {
    artifactId: Id,
    artifactType: Id,
    runId: Id,
    nodeId: Id,
    version: Type.String(),
    createdAt: Type.String({ format: "date-time" }),
    sha256: Type.String(),
    data: Type.Unknown(),
  },
  { ...open, $id: "RunArtifact" },
);

export const DebugBundle = Type.Object(
  {
    bundleVersion: Type.String(),
    generatedAt: Type.String({ format: "date-time" }),
    host: Type.Object({ name: Id, version: Id, vendor: Type.Optional(Type.String()) }),
    run: RunSnapshot,
    events: Type.Array(AnyObject),
    spans: Type.Array(AnyObject),
    metrics: AnyObject,
    annotations: Type.Array(Annotation),
    redactionApplied: Type.Boolean(),
    redactionMode: Type.String(),
    truncated: Type.Optional(Type.Boolean()),
    truncatedReason: Type.Optional(Type.String()),
  },
  { ...open, $id: "DebugBundle" },
);
