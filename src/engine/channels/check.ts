// What is wrong with the channels of a document (runs.md §11.1). A declaration that would not hold is refused.

import { isJsonObject, type Json } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import type { EngineEnvironment } from "../engine.ts";
import { fitsSchema } from "./evolution.ts";
import { ages, sizeOf } from "./reducers.ts";
import { problemOfValue } from "./write.ts";

/** `channel.written` has room for names up to here. */
const MAX_NAME_LENGTH = 256;

/** Where in the document, and what. */
interface ChannelProblem {
  path: string;
  message: string;
}

type Declaration = NonNullable<WorkflowDefinition["channels"]>[string];

export function checkChannels(environment: EngineEnvironment, definition: WorkflowDefinition): ChannelProblem[] {
  const variables = new Set(definition.variables.map((variable) => variable.name));
  return Object.entries(definition.channels ?? {}).flatMap(([name, declaration]) => {
    const path = `channels.${name}`;
    const own = checkDeclaration(environment, declaration).map((problem) => ({
      path: `${path}.${problem.path}`,
      message: problem.message,
    }));
    if (name === "" || name.length > MAX_NAME_LENGTH) {
      own.push({ path, message: `The name of a channel has 1 to ${MAX_NAME_LENGTH} characters.` });
    }
    if (variables.has(name)) own.push({ path, message: `${name} is declared as a variable, too.` });
    return own;
  });
}

function checkDeclaration(environment: EngineEnvironment, declaration: Declaration): ChannelProblem[] {
  const { reducer, schema, ttlMs } = declaration;
  if (reducer.startsWith("vendor.")) {
    return [{ path: "reducer", message: `This host does not know the reducer ${reducer}.` }];
  }
  const problems: ChannelProblem[] = [];
  if (ttlMs !== undefined && !ages(reducer)) {
    problems.push({ path: "ttlMs", message: `Entries of ${reducer} channels have no age.` });
  }
  const unusable = schema && unusableSchema(environment, schema);
  if (unusable) problems.push({ path: "schema", message: unusable });
  else if (declaration.default !== undefined) problems.push(...checkDefault(environment, declaration));
  return problems;
}

/** A schema that cannot be used refuses every value, and says so. */
function unusableSchema(environment: EngineEnvironment, schema: object): string | undefined {
  return environment
    .validateForeign(schema, null)
    .find(({ message }) => message.startsWith("the schema cannot be used"))?.message;
}

function checkDefault(environment: EngineEnvironment, declaration: Declaration): ChannelProblem[] {
  const { reducer, schema, maxSize } = declaration;
  const value = declaration.default as Json;
  const shape = problemOfDefault(reducer, value);
  if (shape) return [{ path: "default", message: shape }];
  if (maxSize !== undefined && sizeOf(value) > maxSize) {
    return [{ path: "default", message: `The default is larger than maxSize ${maxSize}.` }];
  }
  if (!schema) return [];
  const parts = Array.isArray(value) ? value : [value];
  const fits = parts.every((part) => fitsSchema(schema, part, value, environment.validateForeign));
  return fits ? [] : [{ path: "default", message: "The default does not fit the channel's schema." }];
}

/** A default is what the reducer could have made itself. */
function problemOfDefault(reducer: string, value: Json): string | undefined {
  switch (reducer) {
    case "append":
    case "feedback":
    case "votes":
    case "message": {
      if (!Array.isArray(value)) return `The default of a ${reducer} channel is a list.`;
      const problem = value.map((entry) => problemOfValue(reducer, entry)).find((found) => found !== undefined);
      return problem && `The default cannot be used: ${problem}.`;
    }
    case "counter":
      return typeof value === "number" ? undefined : "The default of a counter is a number.";
    case "merge":
      return isJsonObject(value) ? undefined : "The default of a merge channel is an object.";
    default:
      return undefined;
  }
}
