// Test seam: a node that makes an artifact of its config (runs.md §17.3), registered only where there are test keys.

import { createArtifact } from "#engine/artifacts.ts";
import type { NodeType } from "#engine/node-type.ts";
import type { Json } from "#protocol/json.ts";
import Type from "#protocol/type.ts";

export const emitArtifactNode: NodeType = {
  typeId: "conformance.artifact.emit",
  config: Type.Object({
    artifactType: Type.String({ minLength: 1, maxLength: 128 }),
    data: Type.Unknown(),
    summary: Type.Optional(Type.String()),
  }),
  start: (context) => {
    const { artifactType, data, summary } = context.config as { artifactType: string; data: Json; summary?: string };
    const { artifactId, ...made } = createArtifact(context, {
      artifactType,
      data,
      ...(summary !== undefined && { summary }),
    });
    return { kind: "complete", outputs: { artifactId }, ...made };
  },
};
