// The seal: values of sensitive variables and ports never stand in an event (runs.md §5.5, §7 "Redaction").
//
// Every text that equals or contains a sensitive value is replaced in the payload that is written. The engine itself
// goes on with the clear payload, which is kept beside the log as content of the run (sealed:<runId>:<sequence>) and
// read back when the state is folded again.

import type { Json, JsonObject } from "#protocol/json.ts";
import { maskOf } from "./channels/read.ts";
import { shownPlan } from "./compensation/shown.ts";
import type { Graph } from "./graph.ts";
import type { RunState } from "./state.ts";

/** Shorter values would hit ordinary words and numbers all over the payload; as whole values they are still masked. */
const MIN_FRAGMENT_LENGTH = 4;

/** The payload as it may be shown; the same object when nothing had to be hidden. */
export function sealPayload(graph: Graph, state: RunState, type: string, payload: JsonObject): JsonObject {
  const shown = withoutContent(graph, state, type, payload);
  const secrets = secretsOf(graph, state, type, payload);
  if (secrets.length === 0) return shown;
  const sealed = sealValue(shown, secrets);
  return sealed.changed ? (sealed.value as JsonObject) : shown;
}

/**
 * Values by name, those of sensitive variables masked as a whole: a short one, or a truth, is found again nowhere.
 * The same object when none is sensitive.
 */
export function maskVariables(graph: Graph, values: JsonObject): JsonObject {
  const hidden = graph.sensitiveVariables.filter((name) => Object.hasOwn(values, name));
  if (hidden.length === 0) return values;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, hidden.includes(name) ? maskOfVariable(name) : value]),
  );
}

/** What stands in the place of a sensitive variable's value. */
export function maskOfVariable(name: string): string {
  return `[REDACTED:variable:${name}]`;
}

/** The workflow keeps the values of this variable or channel out of logs. */
export function isSensitive(graph: Graph, { channelPlan }: RunState, name: string): boolean {
  return channelPlan.declared.get(name)?.sensitive === true || graph.sensitiveVariables.includes(name);
}

/** Without what is never shown as a whole. */
function withoutContent(graph: Graph, state: RunState, type: string, payload: JsonObject): JsonObject {
  if (type === "run.started") return withoutInputs(graph, payload);
  if (type === "variable.changed") return withoutChange(graph, payload);
  if (type === "compensation.requested") return shownPlan(payload);
  return type === "channel.written" ? sealWrite(state, payload) : payload;
}

function withoutInputs(graph: Graph, payload: JsonObject): JsonObject {
  const inputs = (payload.inputs ?? {}) as JsonObject;
  const shown = maskVariables(graph, inputs);
  return shown === inputs ? payload : { ...payload, inputs: shown };
}

function withoutChange(graph: Graph, payload: JsonObject): JsonObject {
  const name = String(payload.name);
  if (!graph.sensitiveVariables.includes(name)) return payload;
  const mask = maskOfVariable(name);
  return {
    ...payload,
    ...(payload.previous !== undefined && { previous: mask }),
    ...(payload.next !== undefined && { next: mask }),
  };
}

/** What is written to a sensitive channel is hidden as a whole (operations.md §5). */
function sealWrite(state: RunState, payload: JsonObject): JsonObject {
  const channel = String(payload.channel);
  return state.channelPlan.declared.get(channel)?.sensitive ? { ...payload, value: maskOf(channel) } : payload;
}

interface Secret {
  value: Json;
  text: string;
  label: string;
}

function secretsOf(graph: Graph, state: RunState, type: string, payload: JsonObject): Secret[] {
  const secrets: Secret[] = [];
  for (const name of graph.sensitiveVariables) {
    const label = maskOfVariable(name);
    collect(state.variables.get(name), label, secrets);
    // A node may have copied it before another one replaced it.
    collect(state.inputs[name], label, secrets);
    if (type === "channel.written" && payload.channel === name) collect(payload.value, label, secrets);
  }
  for (const { name, sensitive } of state.channelPlan.declared.values()) {
    if (sensitive) secrets.push(...textsOf(state.channels.get(name), maskOf(name)));
  }
  if (type === "node.completed") collectPorts(graph, payload, secrets);
  for (const [nodeId, node] of graph.nodes) {
    const outputs = state.nodes.get(nodeId)?.outputs;
    if (!outputs) continue;
    for (const port of sensitivePorts(node.definition.outputSensitivity)) {
      collect(outputs[port], `[REDACTED:output:${nodeId}.${port}]`, secrets);
    }
  }
  return secrets;
}

/** Shorter texts in a channel are words of its entries' own shape: roles, actions, names of users. */
const MIN_CHANNEL_TEXT_LENGTH = 10;

/** What a node could copy out of a sensitive channel. */
function textsOf(value: Json | undefined, label: string): Secret[] {
  const found: Secret[] = [];
  collect(value, label, found);
  return found.filter(({ value: leaf, text }) => typeof leaf === "string" && text.length >= MIN_CHANNEL_TEXT_LENGTH);
}

function collectPorts(graph: Graph, payload: JsonObject, secrets: Secret[]): void {
  const nodeId = String(payload.nodeId);
  const outputs = (payload.outputs ?? {}) as JsonObject;
  for (const port of sensitivePorts(graph.nodes.get(nodeId)?.definition.outputSensitivity)) {
    collect(outputs[port], `[REDACTED:output:${nodeId}.${port}]`, secrets);
  }
}

function sensitivePorts(sensitivity: Record<string, boolean> | undefined): string[] {
  return Object.keys(sensitivity ?? {}).filter((port) => sensitivity?.[port]);
}

function collect(value: Json | undefined, label: string, secrets: Secret[]): void {
  if (value === undefined || value === null || typeof value === "boolean") return;
  if (typeof value === "object") {
    for (const item of Object.values(value)) collect(item as Json, label, secrets);
    return;
  }
  const text = String(value);
  if (text !== "") secrets.push({ value, text, label });
}

function sealValue(value: Json, secrets: Secret[]): { value: Json; changed: boolean } {
  if (typeof value === "string") return sealText(value, secrets);
  if (typeof value === "number") {
    const hit = secrets.find((secret) => secret.value === value);
    return hit ? { value: hit.label, changed: true } : { value, changed: false };
  }
  if (typeof value !== "object" || value === null) return { value, changed: false };
  let changed = false;
  const entries = Object.entries(value).map(([key, item]) => {
    const sealed = sealValue(item as Json, secrets);
    changed ||= sealed.changed;
    return [key, sealed.value] as const;
  });
  if (!changed) return { value, changed };
  return { value: Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries), changed };
}

function sealText(text: string, secrets: Secret[]): { value: string; changed: boolean } {
  let sealed = text;
  for (const secret of secrets) {
    if (sealed === secret.text) return { value: secret.label, changed: true };
    if (secret.text.length >= MIN_FRAGMENT_LENGTH) sealed = sealed.replaceAll(secret.text, secret.label);
  }
  return { value: sealed, changed: sealed !== text };
}
