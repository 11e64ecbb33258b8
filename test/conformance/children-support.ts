// What the tests of runs below runs ask of a log and a snapshot.

import type { Client, LoggedEvent } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";

/** Documents of a supervisor and a dispatch that hand to each other, with the decisions they bring along. */
export function loopOf(
  id: string,
  plan: object[],
  {
    dispatch = {},
    supervisor = {},
    variables = [],
  }: { dispatch?: object; supervisor?: object; variables?: object[] } = {},
) {
  return workflow(id, {
    nodes: [
      { id: "lead", typeId: "core.orchestrator.supervisor", config: { mockDispatchPlan: plan, ...supervisor } },
      { id: "hands", typeId: "core.dispatch", config: dispatch },
    ],
    edges: [
      { from: "lead", to: "hands" },
      { from: "hands", to: "lead" },
    ],
    variables,
  });
}

/** A child that waits for an approval. */
export const gate = workflow("conformance-child-gate", {
  nodes: [{ id: "gate", typeId: "core.approvalGate", config: { title: "Go on?", actions: ["accept", "reject"] } }],
});
/** A parent of one node that runs `workflowId`. */
export function calling(id: string, workflowId: string, config: object = {}, variables: object[] = []) {
  return workflow(id, {
    nodes: [{ id: "call", typeId: "core.subWorkflow", config: { workflowId, ...config } }],
    variables,
  });
}

export const next = (...nextWorkerIds: string[]) => ({ kind: "next-worker", nextWorkerIds });
export const end = { kind: "terminate", reason: "goal-reached" };

export function text(name: string, defaultValue?: string): object {
  return { name, type: "string", ...(defaultValue !== undefined && { defaultValue }) };
}

/** The run below this one: there is exactly one. */
export async function childOf(client: Client, runId: string): Promise<string> {
  const ids = await childrenOf(client, runId);
  if (ids.length !== 1) throw new Error(`run ${runId} has ${ids.length} children`);
  return ids[0] as string;
}

export async function childrenOf(client: Client, runId: string): Promise<string[]> {
  const { childRuns = [] } = (await client.snapshot(runId)) as { childRuns?: { runId: string }[] };
  return childRuns.map((child) => child.runId);
}

/** The events of a hand-over: each phase, and the phase or type that it follows from. */
export function phasesOf(log: readonly LoggedEvent[]): [phase: string, from: string | undefined][] {
  const name = (event: LoggedEvent | undefined) => event?.payload.phase ?? event?.type;
  return log
    .filter(({ type }) => type === "core.workflowChain.event")
    .map((event) => [name(event), name(log.find(({ eventId }) => eventId === event.causationId))]);
}

export function ofType(log: readonly LoggedEvent[], type: string): LoggedEvent[] {
  return log.filter((event) => event.type === type);
}

export function typesOf(log: readonly LoggedEvent[]): string[] {
  return log.map(({ type }) => type);
}
