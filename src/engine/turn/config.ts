// What an agent is made of, as the nodes that run agents carry it in their configuration. The whole configuration is
// part of the definition that a run pins by its hash: manifest, prompt and bounds cannot change under a run.

import type { JsonObject } from "#protocol/json.ts";
import Type, { type Static } from "#protocol/type.ts";

const Text = Type.String({ minLength: 1 });

/** Another agent, as an agent knows it. */
const Colleague = Type.Object({
  rosterId: Text,
  workflowId: Text,
  persona: Text,
  agentId: Text,
  description: Type.String(),
});
export type Colleague = Static<typeof Colleague>;

export const AgentConfig = Type.Object({
  agent: Type.String({ minLength: 3, description: "Roster id, e.g. host:assistant." }),
  agentId: Type.String({ minLength: 3, description: "Id of the manifest; what events name." }),
  persona: Text,
  modelClass: Text,
  model: Type.String({ minLength: 1, description: "Alias under `models` in the configuration." }),
  systemPrompt: Text,
  promptRef: Text,
  promptHash: Text,
  manifestHash: Text,
  tools: Type.Array(Text),
  /** Agents it may delegate to (a conversation agent), or send to work (a supervisor). */
  colleagues: Type.Array(Colleague),
  bounds: Type.Object({
    maxRounds: Type.Integer({ minimum: 1 }),
    maxTokens: Type.Integer({ minimum: 1 }),
    maxWallMs: Type.Integer({ minimum: 1 }),
  }),
});
export type AgentConfig = Static<typeof AgentConfig>;

/** The configuration of a node whose type declares {@link AgentConfig}: it was checked when it was registered. */
export function agentConfigOf(config: JsonObject): AgentConfig {
  return config as unknown as AgentConfig;
}
