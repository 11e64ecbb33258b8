// Artifacts: what a node made for people to look at. The event names it, its content is content of the run.

import { artifactContentId } from "#engine/artifacts.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { visibleRun } from "./visibility.ts";

/** The artifact as JSON text. Throws `not_found`. */
export async function readArtifact(deps: AppDeps, call: Call, runId: string, artifactId: string): Promise<string> {
  await visibleRun(deps, call, runId);
  const body = await deps.store.readContent(artifactContentId(runId, artifactId));
  if (body !== undefined) return body;
  throw new ParleyError("not_found", { runId, artifactId }, { message: "The run has no such artifact." });
}
