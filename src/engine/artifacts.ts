// Artifacts: how a node's outcome says that it made one (runs.md §8, `artifact.created`).

import { sha256Hex } from "#protocol/canonical.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { Accompaniment, NodeContext } from "./node-type.ts";

/** Id of the content that holds an artifact of a run. */
export function artifactContentId(runId: string, artifactId: string): string {
  return `artifact:${runId}:${artifactId}`;
}

export interface NewArtifact {
  artifactType: string;
  data: Json;
  summary?: string;
}

/** The event and the content of a new artifact, to go with an outcome. */
export function createArtifact(
  context: NodeContext,
  { artifactType, data, summary }: NewArtifact,
): { artifactId: string } & Required<Pick<Accompaniment, "events" | "contents">> {
  const { runId, nodeId } = context;
  const artifactId = context.ids.next("art");
  const told: JsonObject = {
    artifactId,
    artifactType,
    nodeId,
    version: "1",
    ...(summary !== undefined && { summary }),
  };
  const createdAt = new Date(context.nowMs).toISOString();
  const body = JSON.stringify({ ...told, runId, createdAt, sha256: sha256Hex(JSON.stringify(data)), data });
  return {
    artifactId,
    events: [{ type: "artifact.created", payload: { ...told, registered: false } }],
    contents: [{ contentId: artifactContentId(runId, artifactId), body }],
  };
}
