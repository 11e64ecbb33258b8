// The plain pure nodes: markers, echo, failure, variables (runs.md §6.1).

import type { Json, JsonObject } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import { failure, type NodeType } from "../node-type.ts";

const passThrough = (typeId: string): NodeType => ({
  typeId,
  start: ({ inputs }) => ({
    kind: "complete",
    outputs: Object.hasOwn(inputs, "input") ? { output: inputs.input as Json } : {},
  }),
});

/** Entry and end markers, and the fan-out point: they hand their input on. */
export const start = passThrough("core.start");
export const end = passThrough("core.end");
export const parallel = passThrough("core.parallel");

/** Completes at once, no output. */
export const noop: NodeType = { typeId: "core.noop", start: () => ({ kind: "complete", outputs: {} }) };

/** Each input port becomes the output port of the same name, and a run variable. */
export const identity: NodeType = {
  typeId: "core.identity",
  config: Type.Object({}, { additionalProperties: false }),
  start: ({ inputs }) => ({ kind: "complete", outputs: inputs, variables: inputs }),
};

/** Always fails and is never retried. */
export const fail: NodeType = {
  typeId: "core.fail",
  config: Type.Object({
    code: Type.Optional(Type.String({ minLength: 1 })),
    message: Type.Optional(Type.String({ minLength: 1 })),
  }),
  start: ({ config }) =>
    failure(
      typeof config.code === "string" ? config.code : "conformance_test_failure",
      typeof config.message === "string" ? config.message : "Intentional conformance failure",
    ),
};

const VariableName = Type.String({ minLength: 1, maxLength: 256 });

/** Writes one run variable: the port `value`, else the config's constant. */
export const setVariable: NodeType = {
  typeId: "core.setVariable",
  config: Type.Object({ name: VariableName, value: Type.Optional(Type.Unknown()) }),
  start: ({ config, inputs }) => {
    const value = inputs.value ?? config.value ?? inputs.input ?? null;
    return { kind: "complete", outputs: { value }, variables: { [config.name as string]: value } };
  },
};

/** Reads one run variable into the port `value`; a variable that was never set is null. */
export const getVariable: NodeType = {
  typeId: "core.getVariable",
  config: Type.Object({ name: VariableName }),
  start: ({ config, variables }) => {
    const name = config.name as string;
    const value: Json = Object.hasOwn(variables, name) ? ((variables as JsonObject)[name] as Json) : null;
    return { kind: "complete", outputs: { value, output: value } };
  },
};
