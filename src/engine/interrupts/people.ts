// Whom a question waits for, as its data says it.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";

/**
 * Who is waited for: those whom the question names, and those to whom it was handed on. Empty: whoever may answer.
 */
export function approversOf(data: JsonObject): string[] {
  return [...new Set([...textsOf(data.approversList), ...textsOf(data.delegates)])];
}

/** Whether this voter may decide. Handing a question on that names nobody closes it to nobody. */
export function mayDecide(data: JsonObject, voter: string): boolean {
  return textsOf(data.approversList).length === 0 || approversOf(data).includes(voter);
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** When a question is passed on to more people. */
export interface Escalation {
  afterMs: number;
  to: readonly string[];
}

/** What the question says about it; undefined: it is never passed on. */
export function escalationOf(data: JsonObject): Escalation | undefined {
  return isJsonObject(data.escalate) ? (data.escalate as unknown as Escalation) : undefined;
}

/** The data of a question that more people may now decide. */
export function withDelegates(data: JsonObject, more: readonly string[]): JsonObject {
  const named = new Set(approversOf(data));
  const before = Array.isArray(data.delegates) ? data.delegates : [];
  return { ...data, delegates: [...before, ...more.filter((one) => !named.has(one))] as Json[] };
}
