// The roster on the wire: who works here (roster-org.md §1).

import Type, { OneOf, type Static } from "./type.ts";

export const RosterEntry = Type.Object({
  rosterId: Type.String(),
  role: Type.String(),
  persona: Type.String(),
  description: Type.Optional(Type.String()),
  agentId: Type.String(),
  /** Alias under `models` in the configuration. */
  model: Type.String(),
  tools: Type.Array(Type.String()),
  workers: Type.Array(Type.String()),
  delegates: Type.Array(Type.String()),
  origin: OneOf(["shipped", "home"]),
  /** SHA-256 of what serves now; `workflow` is absent while none is registered for this agent. */
  versions: Type.Object({
    manifest: Type.String(),
    prompt: Type.String(),
    workflow: Type.Optional(Type.String()),
  }),
});
export type RosterEntry = Static<typeof RosterEntry>;

/** `problems`: files that were not taken; the last good entry of each, where there is one, stays. */
export const RosterList = Type.Object(
  {
    roster: Type.Array(RosterEntry),
    problems: Type.Array(Type.Object({ file: Type.String(), message: Type.String() })),
  },
  { $id: "RosterList" },
);
export type RosterList = Static<typeof RosterList>;
