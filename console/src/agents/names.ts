// Names for people, from the roster. Pure.

import type { RosterAgent } from "../api/types.ts";

/** The persona of a roster id or an agent id; else the last word of the id. */
export function nameOf(id: string | undefined, roster: readonly RosterAgent[] = []): string {
  if (id === undefined) return "Assistant";
  const agent = roster.find((one) => one.rosterId === id || one.agentId === id);
  if (agent) return agent.persona;
  const word = id.split(/[:.]/).at(-1) ?? id;
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Who works for whom: "Chief → Researcher" for a worker, else the name alone. */
export function pathOf(id: string | undefined, roster: readonly RosterAgent[] = []): string {
  const worker = roster.find((one) => one.rosterId === id || one.agentId === id);
  const supervisor = worker && roster.find((one) => one.workers.includes(worker.rosterId));
  return supervisor ? `${supervisor.persona} → ${nameOf(id, roster)}` : nameOf(id, roster);
}

/** The tool came with parley: its words leave no doubt about which one it is. */
export function isOwnTool(toolId: string): boolean {
  return /^openwop[:_]parley[._]/.test(toolId);
}

/** `openwop:parley.notes.write` as people say it: "write notes". */
export function toolWords(toolId: string): string {
  const own = toolId.replace(/^openwop[:_]parley[._]/, "").replace(/^[\w-]+:/, "");
  const words = own.split(/[._:]/);
  return [words.at(-1), ...words.slice(0, -1)].join(" ");
}
