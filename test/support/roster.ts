// Rosters for tests: agents as small as can be.

import type { Roster, RosterAgent } from "#agent/roster.ts";

type TestRoster = Pick<Roster, "list" | "get" | "defaultAgent">;

export function testAgent(rosterId: string, rest: Partial<RosterAgent> = {}): RosterAgent {
  const name = rosterId.replace(/^host:/, "");
  return {
    rosterId,
    role: "conversation",
    persona: name.charAt(0).toUpperCase() + name.slice(1),
    agentId: `private.parley.agents.${name}`,
    modelClass: "general",
    model: "default",
    tools: [],
    workers: [],
    delegates: [],
    bounds: { maxRounds: 8, maxTokens: 1_000_000, maxWallMs: 600_000 },
    prompt: { ref: `prompts/${name}.md`, text: `You are ${name}.`, hash: "0".repeat(64) },
    manifestHash: "1".repeat(64),
    origin: "shipped",
    file: `agents/${name}.yaml`,
    ...rest,
  };
}

/** The first one answers where nobody is named. */
export function testRoster(...agents: [RosterAgent, ...RosterAgent[]]): TestRoster {
  const byId = new Map(agents.map((agent) => [agent.rosterId, agent]));
  return { list: () => agents, get: (rosterId) => byId.get(rosterId), defaultAgent: () => agents[0] };
}

export function soloRoster(): TestRoster {
  return testRoster(testAgent("host:assistant"));
}
