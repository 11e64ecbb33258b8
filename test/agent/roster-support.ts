// A home with files of agents and prompts, and the roster over it.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { stringify } from "yaml";
import { openRoster, type Roster, type RosterFolders } from "#agent/roster.ts";
import { type RecordedLine, recordingLogger } from "../platform/support.ts";
import { repoRoot } from "../support/paths.ts";

export const shippedFolders: RosterFolders = { agents: join(repoRoot, "agents"), prompts: join(repoRoot, "prompts") };

/** Ids of the tools that the shipped manifests list. */
export const toolIds = ["time", "calculator", "notes.search", "notes.read", "notes.write"].map(
  (name) => `openwop:parley.${name}`,
);

export interface RosterHome {
  folders: RosterFolders;
  /** Writes `agents/<name>.yaml`; answers its path. */
  agent(name: string, content: object | string): string;
  /** Writes `prompts/<name>`; answers its path. */
  prompt(name: string, text: string | Buffer): string;
  /** Closed after the file's tests. */
  open(shipped?: RosterFolders): Promise<OpenedRoster>;
}

export interface OpenedRoster {
  roster: Roster;
  lines: RecordedLine[];
}

export function rosterHome(folder: string): RosterHome {
  const root = mkdtempSync(join(folder, "home-"));
  const folders = { agents: join(root, "agents"), prompts: join(root, "prompts") };
  for (const path of Object.values(folders)) mkdirSync(path);
  const put = (path: string, content: string | Buffer) => {
    writeFileSync(path, content);
    return path;
  };
  return {
    folders,
    agent: (name, content) =>
      put(join(folders.agents, `${name}.yaml`), typeof content === "string" ? content : stringify(content)),
    prompt: (name, text) => put(join(folders.prompts, name), text),
    async open(shipped = shippedFolders) {
      const { logger, lines } = recordingLogger();
      const roster = await openRoster({ shipped, home: folders, tools: toolIds, models: ["default", "small"], logger });
      after(() => roster.close());
      return { roster, lines };
    },
  };
}

/** A worker of a home. `changes` go over the whole entry, `manifest` over its manifest. */
export function worker(name: string, changes: object = {}, manifest: object = {}): Record<string, unknown> {
  return {
    id: `host:${name}`,
    role: "worker",
    manifest: {
      agentId: `local.home.${name}`,
      persona: name,
      modelClass: "general",
      systemPrompt: `You are ${name}.`,
      ...manifest,
    },
    ...changes,
  };
}
