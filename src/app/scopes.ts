// Scopes a credential can hold (discovery-auth.md §7.2), and what the operator's own key holds.

export const scopes = [
  "manifest:read",
  "runs:create",
  "runs:read",
  "runs:cancel",
  "artifacts:read",
  "approvals:respond",
  "approvals:vote-for-others",
  "workflows:write",
  "webhooks:manage",
  "admin:manage",
] as const;

/** Of those who may name another voter than themselves (interrupts-conversations.md §2.4); a scope of parley's own. */
export const VOTE_FOR_OTHERS: Scope = "approvals:vote-for-others";

export type Scope = (typeof scopes)[number];
