// Loading the two layers of a roster: shipped files once, the home's on top again and again.

import type { Logger } from "#ports/logger.ts";
import { canonicalJson } from "#protocol/canonical.ts";
import { type Draft, readDrafts } from "./draft.ts";
import { complete, type Entry } from "./entry.ts";
import type { RosterProblem } from "./problems.ts";
import { DEFAULT_AGENT, type Entries, settle } from "./settle.ts";

/** Absolute paths of `agents/` and `prompts/`. */
export interface RosterFolders {
  agents: string;
  prompts: string;
}

export interface RosterOptions {
  shipped: RosterFolders;
  home: RosterFolders;
  /** Ids of the tools that manifests may list. */
  tools: readonly string[];
  /** Aliases of the configured models. */
  models: readonly string[];
  logger: Logger;
}

/** A whole roster, and what was wrong with the files that are not in it. */
export interface Standing {
  entries: Entries;
  problems: RosterProblem[];
}

export interface Shipped {
  drafts: Draft[];
  standing: Standing;
}

/** The shipped files alone. Throws with every problem: a shipped file is never wrong in a sound installation. */
export async function loadShipped({ shipped, tools, models }: RosterOptions): Promise<Shipped> {
  const { drafts, problems } = await readDrafts(shipped.agents, "shipped", { tools, models });
  const wanted = new Map<string, Entry>();
  for (const draft of drafts) {
    const completed = await complete(draft, [shipped.prompts], undefined);
    if (completed.outcome === "wrong") problems.push(...completed.problems);
    else wanted.set(completed.entry.agent.rosterId, completed.entry);
  }
  const settled = settle(wanted, new Map());
  problems.push(...settled.problems);
  if (problems.length > 0 || !settled.entries.has(DEFAULT_AGENT)) {
    const told = problems.map(({ message }) => message).join("\n");
    throw new Error(`The shipped roster in ${shipped.agents} is broken; install parley again.\n${told}`.trimEnd());
  }
  return { drafts, standing: { entries: settled.entries, problems: [] } };
}

/** Both layers now. `last`: what stood until now, and what wrong files fall back to. */
export async function loadHome(options: RosterOptions, base: Shipped, last: Standing): Promise<Standing> {
  const { shipped, home, tools, models } = options;
  const { drafts, broken, problems } = await readDrafts(home.agents, "home", { tools, models });
  const overlay = new Map([...base.drafts, ...drafts].map((draft) => [draft.entry.id, draft]));
  const wanted = new Map<string, Entry>();
  for (const [rosterId, draft] of overlay) {
    const shippedAgentId = base.standing.entries.get(rosterId)?.agent.agentId;
    const completed = await complete(draft, [home.prompts, shipped.prompts], shippedAgentId);
    const before = last.entries.get(rosterId);
    if (completed.outcome === "wrong") problems.push(...completed.problems);
    const entry = completed.outcome === "wrong" ? before : sameIfUnchanged(completed.entry, before);
    if (entry) wanted.set(rosterId, entry);
  }
  for (const [rosterId, entry] of last.entries) {
    const isReplaced = drafts.some((draft) => draft.entry.id === rosterId);
    if (broken.includes(entry.agent.file) && !isReplaced) wanted.set(rosterId, entry);
  }
  const settled = settle(wanted, last.entries);
  return { entries: settled.entries, problems: unique([...problems, ...settled.problems]) };
}

/** An agent that did not change stays the same object: that is how a change is noticed. */
function sameIfUnchanged(entry: Entry, before: Entry | undefined): Entry {
  const isSame = before !== undefined && canonicalJson(before.agent) === canonicalJson(entry.agent);
  return isSame ? { ...entry, agent: before.agent } : entry;
}

/** One broken prompt can be told by several entries. */
function unique(problems: readonly RosterProblem[]): RosterProblem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}
