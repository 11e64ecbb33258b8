// The roster: the standing agents, out of one file each (agents/*.yaml) and their prompts (prompts/*.md).
//
// Files of the home overlay the shipped ones: an entry by its id, a prompt by its path. The home's folders are watched.
//
//   O1. What stands is whole at any time: all that an entry names stands beside it (roster/settle.ts).
//   O2. A file that is wrong changes nothing: its last good entry, if there is one, stays, and `problems()` says what
//       is wrong.
//   O3. Without a home's files the shipped roster stands; if that is broken, so is the installation, and nothing starts.

import type { RosterAgent } from "./roster/agent.ts";
import { loadHome, loadShipped, type RosterOptions, type Standing } from "./roster/load.ts";
import type { RosterProblem } from "./roster/problems.ts";
import { DEFAULT_AGENT } from "./roster/settle.ts";
import { watchFolders } from "./roster/watch.ts";

export type { ModelClass, RosterAgent, RosterRole } from "./roster/agent.ts";
export type { RosterFolders, RosterOptions } from "./roster/load.ts";
export type { RosterProblem } from "./roster/problems.ts";

export interface Roster {
  /** By roster id. */
  list(): RosterAgent[];
  get(rosterId: string): RosterAgent | undefined;
  /** Who answers where nobody else is named; there always is one. */
  defaultAgent(): RosterAgent;
  /** What is wrong with the home's files now. */
  problems(): RosterProblem[];
  /** Calls after every change of agents or problems; the returned function ends that. */
  onChange(listener: () => void): () => void;
  /** Ends watching. What stands can still be read. */
  close(): void;
}

/** Loads both layers and watches the home's. Throws when the shipped roster is broken. */
export async function openRoster(options: RosterOptions): Promise<Roster> {
  const { logger, home } = options;
  const shipped = await loadShipped(options);
  let standing: Standing = shipped.standing;
  const listeners = new Set<() => void>();

  async function reload(): Promise<void> {
    const next = await loadHome(options, shipped, standing);
    const changed = !sameEntries(standing, next) || !sameProblems(standing.problems, next.problems);
    for (const problem of freshProblems(standing.problems, next.problems)) {
      logger.warn({ problem: problem.message }, "a roster file was not taken; the last good entry stays");
    }
    standing = next;
    if (!changed) return;
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        logger.error({ error }, "a listener of the roster failed");
      }
    }
  }

  // Watching begins before the first reading, so that no change falls in between.
  const watching = watchFolders([home.agents, home.prompts], reload, logger);
  await watching.now();
  return {
    list: () => [...standing.entries.values()].map(({ agent }) => agent).sort(byRosterId),
    get: (rosterId) => standing.entries.get(rosterId)?.agent,
    defaultAgent: () => {
      const agent = standing.entries.get(DEFAULT_AGENT)?.agent;
      if (!agent) throw new Error(`${DEFAULT_AGENT} is missing although it is checked at every load`);
      return agent;
    },
    problems: () => [...standing.problems],
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      listeners.clear();
      watching.close();
    },
  };
}

function byRosterId(a: RosterAgent, b: RosterAgent): number {
  return a.rosterId < b.rosterId ? -1 : 1;
}

/** An entry that did not change keeps its object. */
function sameEntries(before: Standing, after: Standing): boolean {
  if (before.entries.size !== after.entries.size) return false;
  return [...after.entries].every(([rosterId, { agent }]) => before.entries.get(rosterId)?.agent === agent);
}

function sameProblems(before: readonly RosterProblem[], after: readonly RosterProblem[]): boolean {
  return before.length === after.length && freshProblems(before, after).length === 0;
}

function freshProblems(before: readonly RosterProblem[], after: readonly RosterProblem[]): RosterProblem[] {
  const known = new Set(before.map(({ message }) => message));
  return after.filter(({ message }) => !known.has(message));
}
