// Why a store refuses a call: errors of its own, as opposed to those of the disk.

import { ParleyError } from "#protocol/errors.ts";

/**
 * A commit that no caller should have built: it changes what does not exist or inserts what does, without a guard.
 * Nothing of it was written; repeating it does not help.
 */
export function brokenCommit(reason: string): ParleyError {
  return new ParleyError("internal_error", {}, { message: `The commit does not fit the store: ${reason}.` });
}

/** More commits wait than the store keeps in memory; nothing was written. */
export function queueFull(): ParleyError {
  return new ParleyError("service_unavailable", { retryAfter: 1 }, { message: "Too many commits wait for the disk." });
}

export function storeClosed(): ParleyError {
  return new ParleyError("service_unavailable", {}, { message: "The store is closed." });
}
