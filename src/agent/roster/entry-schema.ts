// What stands in a file of the roster: parley's own keys around an AgentManifest (agents.md §5.2).

import type { SchemaNode } from "#platform/config/check.ts";
import type { ModelClass, RosterRole } from "./agent.ts";

/** An entry as checked, with its defaults. */
export interface EntryFile {
  id: string;
  role: RosterRole;
  workers?: string[];
  delegates?: string[];
  model: string;
  bounds: { rounds: number; tokens: number; seconds: number };
  manifest: Manifest;
}

export interface Manifest {
  agentId: string;
  persona: string;
  modelClass: ModelClass;
  description?: string;
  systemPrompt?: string;
  systemPromptRef?: string;
  toolAllowlist?: string[];
}

/**
 * Members of the contract's manifest that this version does not act on. They are refused and not passed over: an agent
 * that seems to have a memory or a threshold and has none would be a surprise.
 */
export const notHonoured: readonly string[] = [
  "memoryShape",
  "confidence",
  "handoff",
  "requiresCapabilities",
  "evalSuiteRef",
  "label",
  "promptLibraryRef",
  "promptOverrides",
];

/** Where prompts lie; the file's name alone is free. */
export const PROMPT_REF = /^prompts\/([A-Za-z0-9_-]{1,100}\.md)$/;
export const MAX_PROMPT_CHARACTERS = 64 * 1024;

/** The id names a workflow too (`agent-<name>`), so it has no dots. */
const rosterId: SchemaNode = {
  type: "string",
  pattern: "^host:[a-z0-9][a-z0-9_-]{0,99}$",
  "x-allowed": "host: and a name of lower-case letters, digits, - and _",
};

const rosterIds: SchemaNode = { type: "array", maxItems: 32, items: rosterId };

const manifest: SchemaNode = {
  type: "object",
  required: ["agentId", "persona", "modelClass"],
  properties: {
    agentId: {
      type: "string",
      maxLength: 256,
      pattern: "^(core|vendor|community|private|local)\\.[a-z][a-z0-9_-]*(\\.[a-z][a-zA-Z0-9_-]*)+$",
      "x-allowed": "private.parley.agents.<name> for a shipped agent, local.home.<name> for one of your own",
    },
    persona: { type: "string", minLength: 1, maxLength: 200 },
    modelClass: { enum: ["reasoning", "writing", "coding", "research", "classification", "general"] },
    description: { type: "string", minLength: 1, maxLength: 500 },
    systemPrompt: { type: "string", minLength: 1, maxLength: MAX_PROMPT_CHARACTERS },
    systemPromptRef: {
      type: "string",
      pattern: PROMPT_REF.source,
      "x-allowed": "prompts/<name>.md, the name of letters, digits, - and _",
    },
    toolAllowlist: { type: "array", maxItems: 64, items: { type: "string", minLength: 1, maxLength: 128 } },
  },
};

export const entrySchema: SchemaNode = {
  type: "object",
  required: ["id", "role", "manifest"],
  properties: {
    id: rosterId,
    role: { enum: ["conversation", "supervisor", "worker"] },
    workers: rosterIds,
    delegates: rosterIds,
    model: { type: "string", minLength: 1, maxLength: 64, default: "default" },
    bounds: {
      type: "object",
      default: {},
      properties: {
        rounds: { type: "integer", minimum: 1, maximum: 100, default: 8 },
        tokens: { type: "integer", minimum: 1_000, maximum: 10_000_000, default: 60_000 },
        seconds: { type: "integer", minimum: 1, maximum: 86_400, default: 300 },
      },
    },
    manifest,
  },
};
