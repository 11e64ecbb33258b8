// What the start of every run of a workflow has, whatever begins it.

import { agentOf } from "#engine/agent-ref.ts";
import type { Graph } from "#engine/graph.ts";
import type { RunStart } from "#ports/rows.ts";
import type { AppDeps } from "./deps.ts";

export type NewRun = Pick<
  RunStart,
  "runId" | "tenantId" | "workflowId" | "definitionHash" | "owner" | "agent" | "createdMs"
>;

/** A run of this workflow, now; `principal` undefined: nobody asked for it. Its agent stands in the workflow. */
export function newRun({ ids, clock }: AppDeps, graph: Graph, tenantId: string, principal: string | undefined): NewRun {
  const agent = agentOf(graph);
  return {
    runId: ids.next("run"),
    tenantId,
    workflowId: graph.definition.id,
    definitionHash: graph.hash,
    owner: { tenant: tenantId, ...(principal !== undefined && { principal }) },
    ...(agent && { agent }),
    createdMs: clock.nowMs(),
  };
}
