// Definitions: what is refused, and how the refusal reads (runs.md §5.7).

import { checkDefinition, type DefinitionProblem } from "#engine/definition.ts";
import type { EngineEnvironment } from "#engine/engine.ts";
import type { Graph } from "#engine/graph.ts";
import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import { ParleyError } from "#protocol/errors.ts";
import { WorkflowDefinition } from "#protocol/workflows.ts";
import { configurableSchemaProblems } from "./configurable.ts";
import type { AppDeps } from "./deps.ts";

/** SHA-256 of the canonical form without the time stamps: the same input is the same graph on every host. */
export function definitionHash(definition: WorkflowDefinition): string {
  const { createdAt: _created, updatedAt: _updated, ...content } = definition;
  return sha256Hex(canonicalJson(content));
}

/** All problems of a document from outside; none = it can be registered. */
export function problemsOf(environment: EngineEnvironment, document: unknown, internal: boolean): DefinitionProblem[] {
  const shape = environment.validate(WorkflowDefinition, document);
  if (shape.length > 0) return shape.map(({ path, message }) => ({ path: path.replace(/^[./]/, ""), message }));
  const definition = document as WorkflowDefinition;
  return [...checkDefinition(environment, definition, internal), ...configurableSchemaProblems(definition)];
}

/** Refuses a document with problems: a missing capability by its own code, anything else as `validation_error`. */
export function refuse(problems: DefinitionProblem[]): never {
  const gated = problems.find((problem) => problem.requiredCapability !== undefined && !problem.invalid);
  if (gated) {
    const { requiredCapability, offendingTypeId, nodeId } = gated;
    const details = { requiredCapability, offendingTypeId, nodeId, path: gated.path };
    throw new ParleyError("capability_required", dropUndefined(details), { message: gated.message });
  }
  const first = problems[0] as DefinitionProblem;
  const { path, reason, nodeId, offendingTypeId, requiredCapability } = first;
  const shown = problems
    .slice(0, MAX_SHOWN_PROBLEMS)
    .map((problem) => ({ path: problem.path, message: problem.message }));
  throw new ParleyError(
    "validation_error",
    dropUndefined({ field: path, reason, nodeId, offendingTypeId, requiredCapability, problems: shown }),
    { message: first.path === "" ? first.message : `${first.path}: ${first.message}` },
  );
}

const MAX_SHOWN_PROBLEMS = 20;

/** Once found sound under this environment; a definition is immutable, so one look per process is enough. */
const sound = new WeakMap<WorkflowDefinition, EngineEnvironment>();

/** A registered definition is checked again when a run is created: the host may have changed since. */
export function checkDefinitionNow(
  environment: EngineEnvironment,
  definition: WorkflowDefinition,
  internal: boolean,
): void {
  // What a test has switched off a moment ago is refused, whatever was found before.
  if (sound.get(definition) === environment && environment.switches === undefined) return;
  const problems = checkDefinition(environment, definition, internal);
  if (problems.length > 0) refuse(problems);
  sound.set(definition, environment);
}

/** The graph of a workflow's current version, still allowed on this host. Throws `not_found`, `capability_required`. */
export async function offeredGraph(
  { graphs, environment }: AppDeps,
  { tenantId, workflowId }: { tenantId: string; workflowId: string },
): Promise<Graph> {
  const workflow = await graphs.current(tenantId, workflowId);
  if (!workflow) throw noWorkflow(workflowId);
  const graph = await graphs.load(workflow.hash);
  checkDefinitionNow(environment, graph.definition, workflow.origin === "built-in");
  return graph;
}

export function noWorkflow(workflowId: string): ParleyError {
  return new ParleyError("not_found", { workflowId }, { message: `There is no workflow ${workflowId}.` });
}

function dropUndefined(details: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}
