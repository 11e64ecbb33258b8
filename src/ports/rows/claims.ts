// Claims: which runs of a scope are active (`X-Dedup: enforce`, runs.md §2.2). Every run with a `scopeId` has one from
// its creation to its end; only a creation that asks for it is refused because of another run's claim.

export type ClaimOp =
  | { op: "claimScope"; tenantId: string; scopeId: string; runId: string }
  | { op: "releaseScope"; tenantId: string; scopeId: string; runId: string };

/** No run of the scope is active. `existing`: the oldest that is, `{runId}`. */
export interface ScopeGuard {
  guard: "scopeFree";
  tenantId: string;
  scopeId: string;
}
