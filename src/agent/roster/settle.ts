// Which entries can stand together. Pure.
//
//   E1. What stands is whole: every worker and delegate stands too, in a fitting role; nobody delegates in a circle;
//       the default agent is there.
//   E2. Where entries conflict, those that changed since the last whole roster go back to what they were in it. So
//       what comes out is whole whatever goes in: at worst it is the last whole roster.

import type { RosterAgent } from "./agent.ts";
import type { Entry } from "./entry.ts";
import { allowedNames, type PlaceOf, problemAt, type RosterProblem } from "./problems.ts";

/** Who answers where nobody else is named. */
export const DEFAULT_AGENT = "host:assistant";

export type Entries = ReadonlyMap<string, Entry>;

export interface Settled {
  entries: Entries;
  problems: RosterProblem[];
}

/** `last`: a whole roster, or an empty one. */
export function settle(wanted: Entries, last: Entries): Settled {
  const entries = new Map(wanted);
  const problems = new Map<string, RosterProblem>();
  const isChanged = (id: string) => entries.get(id)?.agent !== last.get(id)?.agent;
  for (;;) {
    const conflicts = conflictsOf(entries).map((conflict) => ({
      ...conflict,
      changed: conflict.between.find(isChanged),
    }));
    // Among entries of a whole roster there is no conflict: one of them must have changed.
    const changed = conflicts.find((conflict) => conflict.changed !== undefined)?.changed;
    if (changed === undefined) return { entries, problems: [...problems.values()] };
    for (const conflict of conflicts.filter((one) => one.changed === changed)) {
      const problem = conflict.tell(changed);
      problems.set(problem.message, problem);
    }
    const before = last.get(changed);
    if (before) entries.set(changed, before);
    else entries.delete(changed);
  }
}

interface Conflict {
  /** The ids whose entries decide about it; the first of them that changed goes back. */
  between: string[];
  /** The problem, told of the entry that goes back. */
  tell(rosterId: string): RosterProblem;
}

function conflictsOf(entries: Entries): Conflict[] {
  const all = [...entries.values()];
  return [
    ...defaultConflicts(entries),
    ...all.flatMap((entry) => namedConflicts(entry, entries)),
    ...all.flatMap((entry) => circleConflicts(entry, entries)),
    ...all.flatMap((entry) => manifestConflicts(entry, entries)),
  ];
}

function defaultConflicts(entries: Entries): Conflict[] {
  const entry = entries.get(DEFAULT_AGENT);
  if (entry?.agent.role === "conversation") return [];
  const says = "is the default agent and must be a conversation agent";
  const placeOf: PlaceOf = entry?.placeOf ?? (() => ({ file: DEFAULT_AGENT }));
  return [{ between: [DEFAULT_AGENT], tell: () => problemAt(placeOf, ["role"], says, { allowed: "conversation" }) }];
}

/** Whom an entry names must be there, and be able to do what is asked. */
function namedConflicts({ agent, placeOf }: Entry, entries: Entries): Conflict[] {
  return namedBy(agent).flatMap(({ key, at, rosterId }) => {
    const named = entries.get(rosterId)?.agent;
    const isFit = named !== undefined && (key === "delegates" || named.role !== "conversation");
    if (isFit) return [];
    const others = [...entries.values()].filter((other) => key === "delegates" || other.agent.role !== "conversation");
    const known = others.map((other) => other.agent.rosterId).filter((id) => id !== agent.rosterId);
    const says = named ? "is a conversation agent, which no supervisor directs" : "is no agent of the roster";
    const facts = { value: JSON.stringify(rosterId), allowed: allowedNames(rosterId, known) };
    return [{ between: [agent.rosterId, rosterId], tell: () => problemAt(placeOf, [key, at], says, facts) }];
  });
}

function namedBy({ workers, delegates }: RosterAgent) {
  return [
    ...workers.map((rosterId, at) => ({ key: "workers" as const, at, rosterId })),
    ...delegates.map((rosterId, at) => ({ key: "delegates" as const, at, rosterId })),
  ];
}

/** Told once per circle, by the smallest of its ids. */
function circleConflicts({ agent: { rosterId } }: Entry, entries: Entries): Conflict[] {
  const circle = wayBack(rosterId, entries);
  if (circle === undefined || circle.some((id) => id < rosterId)) return [];
  const tell = (changed: string) => {
    const from = circle.indexOf(changed);
    const way = [...circle.slice(from), ...circle.slice(0, from), changed];
    const { agent, placeOf } = entries.get(changed) as Entry;
    const step = namedBy(agent).find((named) => named.rosterId === way[1]);
    const path = step ? [step.key, step.at] : [];
    return problemAt(placeOf, path, `leads in a circle: ${way.join(" → ")}`);
  };
  return [{ between: circle, tell }];
}

/** The ids on a shortest way from an agent back to itself, beginning with it; undefined: there is none. */
function wayBack(rosterId: string, entries: Entries): string[] | undefined {
  const ways: string[][] = [[rosterId]];
  const seen = new Set<string>();
  for (const way of ways) {
    const agent = entries.get(way.at(-1) ?? "")?.agent;
    for (const { rosterId: next } of agent ? namedBy(agent) : []) {
      if (next === rosterId) return way;
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

/** Entries may share a manifest, but one id never stands for two manifests (roster-org.md §1.1). */
function manifestConflicts({ agent }: Entry, entries: Entries): Conflict[] {
  const others = [...entries.values()].filter(
    (other) =>
      other.agent.agentId === agent.agentId &&
      other.agent.manifestHash !== agent.manifestHash &&
      other.agent.rosterId > agent.rosterId,
  );
  return others.map((other) => {
    const between = [other.agent.rosterId, agent.rosterId];
    const tell = (changed: string) => {
      const { placeOf } = entries.get(changed) as Entry;
      const says = `is the id of another manifest already, that of ${between.find((id) => id !== changed)}`;
      return problemAt(placeOf, ["manifest", "agentId"], says, { value: JSON.stringify(agent.agentId) });
    };
    return { between, tell };
  });
}
