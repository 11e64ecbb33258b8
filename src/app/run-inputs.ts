// Do these inputs and this overlay fit the workflow? Asked before anything is created (runs.md §2.1, §2.3).

import type { EngineEnvironment } from "#engine/engine.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { MockProviderChoice, type MockProviderId, mockConfigs, mockProviderIds } from "#protocol/mock-providers.ts";
import type { WorkflowDefinition, WorkflowVariable } from "#protocol/workflows.ts";
import type { Call } from "./call.ts";

/** Refuses inputs that miss a required variable or have another type than declared. */
export function checkInputs(definition: WorkflowDefinition, inputs: JsonObject): void {
  for (const variable of definition.variables) {
    const field = `inputs.${variable.name}`;
    const value = Object.hasOwn(inputs, variable.name) ? inputs[variable.name] : undefined;
    if (value === undefined) {
      if (!variable.required || variable.defaultValue !== undefined) continue;
      throw new ParleyError("validation_error", { field }, { message: `Input ${variable.name} is required.` });
    }
    if (typeOf(value) === variable.type) continue;
    const details = { field, expected: variable.type, given: typeOf(value) };
    throw new ParleyError("validation_error", details, {
      message: `Input ${variable.name} must be ${article(variable)}.`,
    });
  }
}

/** Refuses values of declared variables that have another type; variables that nodes make up are free. */
export function checkVariableTypes(definition: WorkflowDefinition, values: JsonObject): void {
  const channel = Object.keys(values).find((name) => Object.hasOwn(definition.channels ?? {}, name));
  if (channel !== undefined) {
    const message = `${channel} is a declared channel: it is not written as a variable.`;
    throw new ParleyError("validation_error", { field: `variables.${channel}` }, { message });
  }
  for (const variable of definition.variables) {
    const value = Object.hasOwn(values, variable.name) ? values[variable.name] : undefined;
    if (value === undefined || typeOf(value) === variable.type) continue;
    const details = { field: `variables.${variable.name}`, expected: variable.type, given: typeOf(value) };
    throw new ParleyError("validation_error", details, {
      message: `Variable ${variable.name} must be ${article(variable)}.`,
    });
  }
}

function typeOf(value: Json): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}

function article(variable: WorkflowVariable): string {
  return variable.type === "object" || variable.type === "array" ? `an ${variable.type}` : `a ${variable.type}`;
}

/** A mock provider is for test keys, and must be one that there is (runs.md §2.4). */
export function checkMockProvider(environment: EngineEnvironment, call: Call, { mockProvider }: JsonObject): void {
  if (mockProvider === undefined) return;
  const { id, config = {} } = mockProvider as { id?: Json; config?: Json };
  const details = { requestedProvider: id, supportedProviders: [...mockProviderIds] };
  if (!call.principal.testKey) throw new ParleyError("mock_provider_forbidden", details);
  if (!mockProviderIds.some((known) => known === id)) throw new ParleyError("unsupported_mock_provider", details);
  const [problem] = [
    ...environment.validate(MockProviderChoice, mockProvider),
    ...environment
      .validate(mockConfigs[id as MockProviderId], config)
      .map(({ path, message }) => ({ path: `.config${path}`, message })),
  ];
  if (!problem) return;
  const field = `configurable.mockProvider${problem.path}`;
  throw new ParleyError("validation_error", { field }, { message: `${field}: ${problem.message}` });
}

/** Metadata is for the caller alone; it may not be deep or long (runs.md §2.1). */
export function checkMetadata(metadata: JsonObject): void {
  const bytes = Buffer.byteLength(JSON.stringify(metadata));
  if (bytes > MAX_METADATA_BYTES) {
    const details = { field: "metadata", maxBytes: MAX_METADATA_BYTES, bytes };
    throw new ParleyError("validation_error", details, { message: "metadata is too long." });
  }
  if (depthOf(metadata) > MAX_METADATA_DEPTH) {
    const details = { field: "metadata", maxDepth: MAX_METADATA_DEPTH };
    throw new ParleyError("validation_error", details, { message: "metadata is nested too deeply." });
  }
}

const MAX_METADATA_BYTES = 8192;
const MAX_METADATA_DEPTH = 4;

function depthOf(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  let deepest = 0;
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item as Json));
  return deepest + 1;
}
