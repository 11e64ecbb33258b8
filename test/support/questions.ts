// Runs that wait for an answer, as the interrupt suites use them.

import assert from "node:assert/strict";
import type { Client } from "./client.ts";
import type { Response } from "./http.ts";

export const accept = { action: "accept" };

/** Starts a run that must come to wait; its id. */
export async function waitingRun(client: Client, workflowId: string): Promise<string> {
  const runId = await client.createRun(workflowId);
  assert.match(await client.settled(runId), /^waiting-/);
  return runId;
}

/** The signed token of the question that a run shows in its snapshot. */
export async function tokenOf(client: Client, runId: string): Promise<string> {
  return (await client.snapshot(runId)).interrupt.interruptToken;
}

/** Answers by token, without any key. */
export function answerByToken(client: Client, token: string, resumeValue: unknown): Promise<Response> {
  return client.anonymous("POST", `/v1/interrupts/${token}`, { body: { resumeValue } });
}
