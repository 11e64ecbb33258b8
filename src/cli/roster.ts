// The roster on the wire, and as a tree of who may hand work to whom.

import type { RosterEntry, RosterList } from "#protocol/roster.ts";
import type { Client } from "./client.ts";

export function readRoster(client: Client): Promise<RosterList> {
  return client.get<RosterList>("/v1/host/parley/roster");
}

export interface Branch {
  entry: RosterEntry;
  /** What stands before its name: `└ ` and the lines of its elders. */
  stem: string;
}

/** Every agent under each one that may hand work to it; those that nobody sends first, as roots. */
export function treeOf(roster: readonly RosterEntry[]): Branch[] {
  const byId = new Map(roster.map((entry) => [entry.rosterId, entry]));
  const sent = new Set(roster.flatMap(helpersOf));
  const shown = new Set<string>();
  const grow = (entry: RosterEntry, stem: string, below: string, above: readonly string[]): Branch[] => {
    shown.add(entry.rosterId);
    const helpers = helpersOf(entry).filter((id) => byId.has(id) && !above.includes(id) && id !== entry.rosterId);
    const branches = helpers.flatMap((id, index) => {
      const last = index === helpers.length - 1;
      const next = byId.get(id) as RosterEntry;
      return grow(next, `${below}${last ? "└ " : "├ "}`, `${below}${last ? "  " : "│ "}`, [...above, entry.rosterId]);
    });
    return [{ entry, stem }, ...branches];
  };
  const trees = roster.filter(({ rosterId }) => !sent.has(rosterId)).flatMap((entry) => grow(entry, "", "", []));
  // Agents of a circle have no root; they are shown all the same.
  const rest = roster.flatMap((entry) => (shown.has(entry.rosterId) ? [] : grow(entry, "", "", [])));
  return [...trees, ...rest];
}

function helpersOf({ workers, delegates }: RosterEntry): string[] {
  return [...new Set([...delegates, ...workers])];
}
