// Scopes a credential can hold (discovery-auth.md §7.2), and what the operator's own key holds.

export const scopes = [
  "manifest:read",
  "runs:create",
  "runs:read",
  "runs:cancel",
  "approvals:respond",
  "workflows:write",
  "admin:manage",
] as const;

export type Scope = (typeof scopes)[number];
