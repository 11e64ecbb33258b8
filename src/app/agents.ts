// Who can be talked to, as the use cases see it.

import { ParleyError } from "#protocol/errors.ts";

export interface TalkableAgent {
  rosterId: string;
  /** The workflow that runs a turn. */
  workflowId: string;
}

/** The roster as it stands now. */
export interface AgentDirectory {
  find(rosterId: string): TalkableAgent | undefined;
  /** Who answers where nobody is named. */
  defaultAgent(): TalkableAgent;
  /** Roster ids, sorted. */
  ids(): string[];
}

/** The agent that a message names, or the default one. Throws `validation_error` with those there are. */
export function agentFor(agents: AgentDirectory, rosterId: string | undefined): TalkableAgent {
  if (rosterId === undefined) return agents.defaultAgent();
  const agent = agents.find(rosterId);
  if (agent) return agent;
  const details = { field: "agent", allowed: agents.ids() };
  throw new ParleyError("validation_error", details, { message: `There is no agent ${rosterId}.` });
}
