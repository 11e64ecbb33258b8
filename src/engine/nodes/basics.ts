// The plain pure nodes: markers, echo, failure, variables (runs.md §6.1).

import type { Json, JsonObject } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import { failure, type NodeContext, type NodeType } from "../node-type.ts";
import { checkDuplicateMessages, duplicateMessages } from "./duplicate-messages.ts";

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
  config: Type.Object({ emitDuplicateMessageId: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
  check: checkDuplicateMessages,
  start: (context) => ({
    kind: "complete",
    outputs: context.inputs,
    variables: foldedPorts(context),
    channelWrites: duplicateMessages(context),
  }),
};

/** Ports as variables. What a gate sends back is no caller's write to the channel that may share the port's name. */
function foldedPorts({ inputs, channels, feedbackPort }: NodeContext): JsonObject {
  if (feedbackPort === undefined || !channels.has(feedbackPort)) return inputs;
  const { [feedbackPort]: _, ...rest } = inputs;
  return rest;
}

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

/** What a node is to write: the port `value`, else the config's constant, else the port `input`. */
export function valueToWrite({ config, inputs }: Pick<NodeContext, "config" | "inputs">): Json {
  if (Object.hasOwn(inputs, "value")) return inputs.value as Json;
  if (Object.hasOwn(config, "value")) return config.value as Json;
  return inputs.input ?? null;
}

/** Writes one run variable. */
export const setVariable: NodeType = {
  typeId: "core.setVariable",
  config: Type.Object({ name: VariableName, value: Type.Optional(Type.Unknown()) }),
  start: (context) => {
    const value = valueToWrite(context);
    return { kind: "complete", outputs: { value }, variables: { [context.config.name as string]: value } };
  },
};

/** Reads a run variable or a channel into the port `value`; one that was never set is null. */
export const getVariable: NodeType = {
  typeId: "core.getVariable",
  config: Type.Object({ name: VariableName }),
  start: ({ config, readVariable }) => {
    const found = readVariable(config.name as string);
    if (!found.ok) return { kind: "fail", error: found.error };
    const value = found.value ?? null;
    return { kind: "complete", outputs: { value, output: value } };
  },
};
