// A call: who asks, and the receipt he wants kept. Every use case gets one; the tenant comes from here and nowhere else.

import { ParleyError } from "#protocol/errors.ts";
import type { TraceContext } from "#protocol/trace.ts";

export interface Principal {
  id: string;
  tenantId: string;
  scopes: ReadonlySet<string>;
  /** May use test-only features (mock providers, forced versions). */
  testKey: boolean;
}

/** The claim of a request that carries an `Idempotency-Key`. */
export interface ReceiptClaim {
  keyHash: string;
  requestDigest: string;
}

export interface Call {
  principal: Principal;
  receipt?: ReceiptClaim;
  /** The trace that the request belongs to. Never a reason to allow anything. */
  trace?: TraceContext;
}

/** Refuses a caller who lacks the scope (discovery-auth.md §7.4). */
export function requireScope(call: Call, scope: string): void {
  if (!call.principal.scopes.has(scope)) throw new ParleyError("forbidden", { scopeRequired: scope });
}

/** Refuses a body that names another tenant than the credential's. */
export function requireTenant(call: Call, tenantId: string | undefined): void {
  if (tenantId !== undefined && tenantId !== call.principal.tenantId) {
    throw new ParleyError("tenant_membership_required", { field: "tenantId" });
  }
}
