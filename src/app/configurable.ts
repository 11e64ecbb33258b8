// The overlay of a run against what the host and the workflow declare (runs.md §2.3).
//
//   A key is known when the host declares it, or the workflow's own schema does. What the host declares has the host's
//   type everywhere: a workflow may narrow it, not redefine it. `ai.*` is reserved.

import type { DefinitionProblem } from "#engine/definition.ts";
import type { EngineEnvironment } from "#engine/engine.ts";
import { ParleyError } from "#protocol/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { Configurable } from "#protocol/runs.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";

const declared = Configurable.properties as unknown as Readonly<Record<string, JsonObject>>;

/** Refuses an overlay that the workflow's own schema, or this host, does not allow. */
export function checkConfigurable(
  environment: EngineEnvironment,
  definition: WorkflowDefinition,
  configurable: JsonObject,
): void {
  checkProvider(configurable);
  const own = definition.configurableSchema;
  const { mockProvider: _checkedApart, ...rest } = configurable;
  const ownKeys = new Set(Object.keys(propertiesOf(own)));
  const forHost = Object.entries(rest).filter(([name]) => Object.hasOwn(declared, name) || !ownKeys.has(name));
  const [problem] = [
    ...(own ? environment.validateForeign(own, rest) : []),
    ...environment.validate(Configurable, Object.fromEntries(forHost)),
  ];
  if (!problem) return;
  const details = { field: `configurable${problem.path}`, allowed: Object.keys(declared) };
  throw new ParleyError("validation_error", details, { message: `configurable${problem.path}: ${problem.message}` });
}

/** This host routes every call to its own configured model: it offers no provider to choose, and takes no credential. */
function checkProvider(configurable: JsonObject): void {
  const provider = configurable["ai.provider"];
  if (provider !== undefined) {
    const details = { field: "configurable.ai.provider", supported: [] };
    throw new ParleyError("validation_error", details, { message: "This host offers no provider to choose from." });
  }
  if (configurable["ai.credentialRef"] === undefined) return;
  throw new ParleyError("credential_forbidden", { field: "configurable.ai.credentialRef" });
}

/** What is wrong with the schema that a workflow brings for its overlay. */
export function configurableSchemaProblems({ configurableSchema }: WorkflowDefinition): DefinitionProblem[] {
  if (configurableSchema === undefined) return [];
  const path = "configurableSchema";
  const { type } = configurableSchema as JsonObject;
  if (type !== undefined && type !== "object") return [{ path: `${path}.type`, message: "The overlay is an object." }];
  return Object.entries(propertiesOf(configurableSchema)).flatMap(([name, property]) => {
    const message = problemOf(name, property);
    return message === undefined ? [] : [{ path: `${path}.properties.${name}`, message }];
  });
}

function problemOf(name: string, property: Json): string | undefined {
  const host = Object.hasOwn(declared, name) ? declared[name] : undefined;
  if (!host) return name.startsWith("ai.") ? "Names that begin with `ai.` are reserved." : undefined;
  const type = isJsonObject(property) ? property.type : undefined;
  if (type === undefined || fits(type, host.type)) return undefined;
  return `This host declares ${name} as ${String(host.type)}.`;
}

/** Whether values of `type` are values of the host's type, too. */
function fits(type: Json, host: Json | undefined): boolean {
  if (Array.isArray(type)) return type.every((one) => fits(one, host));
  return type === host || (type === "integer" && host === "number");
}

function propertiesOf(schema: unknown): JsonObject {
  const properties = isJsonObject(schema as Json) ? (schema as JsonObject).properties : undefined;
  return isJsonObject(properties) ? properties : {};
}
