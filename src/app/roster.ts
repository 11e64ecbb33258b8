// The roster, as it is listed: who works here, with which versions, and which files were not taken.

import { workflowIdOf } from "#agent/workflow-of.ts";
import type { RosterList } from "#protocol/roster.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";

/** What the listing needs to know of an agent. */
export interface ListedAgent {
  rosterId: string;
  role: string;
  persona: string;
  description?: string;
  agentId: string;
  /** Alias under `models`. */
  model: string;
  tools: readonly string[];
  workers: readonly string[];
  delegates: readonly string[];
  prompt: { hash: string };
  manifestHash: string;
  origin: "shipped" | "home";
}

/** The standing agents as they are now. */
export interface RosterSource {
  list(): readonly ListedAgent[];
  problems(): readonly { file: string; message: string }[];
}

/** Every agent of the host, and what is wrong with the files of those that are missing or behind. */
export async function listRoster(deps: AppDeps, call: Call, source: RosterSource): Promise<RosterList> {
  const roster = await Promise.all(
    source.list().map(async ({ prompt, manifestHash, description, ...agent }) => {
      const workflow = await deps.graphs.current(call.principal.tenantId, workflowIdOf(agent.rosterId));
      return {
        rosterId: agent.rosterId,
        role: agent.role,
        persona: agent.persona,
        ...(description !== undefined && { description }),
        agentId: agent.agentId,
        model: agent.model,
        tools: [...agent.tools],
        workers: [...agent.workers],
        delegates: [...agent.delegates],
        origin: agent.origin,
        versions: { manifest: manifestHash, prompt: prompt.hash, ...(workflow && { workflow: workflow.hash }) },
      };
    }),
  );
  const problems = source.problems().map(({ file, message }) => ({ file, message }));
  return { roster, problems };
}
