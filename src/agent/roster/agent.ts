// A standing agent, as the rest of the house sees it.

export type RosterRole = "conversation" | "supervisor" | "worker";

/** Of manifests (agents.md §5.2); an AgentRef has other ones. */
export type ModelClass = "reasoning" | "writing" | "coding" | "research" | "classification" | "general";

/** One standing agent, complete. Nobody changes it: a new version is a new object. */
export interface RosterAgent {
  /** `host:chief` */
  rosterId: string;
  role: RosterRole;
  /** Its name for people. */
  persona: string;
  description?: string;
  /** Id of its manifest: `private.parley.agents.chief`, or `local.home.…` for one that only a home has. */
  agentId: string;
  modelClass: ModelClass;
  /** Alias under `models` in the configuration. */
  model: string;
  /** Ids of all tools it may call; delegating is not among them, it follows from `delegates`. */
  tools: string[];
  /** Roster ids of those a supervisor directs; empty for others. */
  workers: string[];
  /** Roster ids of those a conversation agent may delegate to; empty for others. */
  delegates: string[];
  /** Of one turn: model calls, tokens of all of them, milliseconds. */
  bounds: { maxRounds: number; maxTokens: number; maxWallMs: number };
  /** `ref`: as in the manifest, `systemPrompt` for one that stands in it; `hash`: SHA-256 hex of `text`. */
  prompt: { ref: string; text: string; hash: string };
  /** SHA-256 hex of the manifest's canonical JSON. */
  manifestHash: string;
  origin: "shipped" | "home";
  /** Where its entry stands. */
  file: string;
}
