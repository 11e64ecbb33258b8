// The operator's key: known to the store by its hash, to the CLI by the home's key file.

import { hashKey, keyIdOf, verifyKey } from "#platform/keys.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { ApiKeyRow, RowOp } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Authenticator } from "./authenticate.ts";
import type { Call } from "./call.ts";
import { scopes } from "./scopes.ts";

export const DEFAULT_TENANT = "default";
export const OPERATOR = "operator";

export interface KeyDeps {
  store: Store;
  ids: Ids;
  clock: Clock;
  authenticator: Authenticator;
  /** The key came from the environment and cannot be replaced from here. */
  fromEnvironment: boolean;
  /** Makes a fresh key text. */
  mint: () => string;
  /** Replaces the home's key file as a whole. */
  writeKeyFile: (key: string) => void;
}

/**
 * Makes the store know the operator's key. A key that was rotated by hand (another file, another variable) replaces
 * the one before.
 */
export async function establishOperatorKey(deps: KeyDeps, key: string, mode: "live" | "test"): Promise<void> {
  const { store, clock, authenticator } = deps;
  const keyId = keyIdOf(key);
  const known = await store.readApiKey(keyId);
  const matches = known !== undefined && known.revokedMs === undefined && (await verifyKey(key, known.hash));
  const row = matches ? known : await keyRow(key, clock.nowMs(), mode);
  if (!matches) {
    const others = (await store.listApiKeys(DEFAULT_TENANT)).filter((other) => isOtherOperatorKey(other, keyId));
    const revoked = others.map((other): RowOp => ({ op: "revokeApiKey", keyId: other.keyId, atMs: clock.nowMs() }));
    await commitRows(deps, [...revoked, { op: "putApiKey", key: row }]);
  }
  authenticator.trust(key, { ...row, scopes: [...scopes] });
}

function isOtherOperatorKey(row: ApiKeyRow, keyId: string): boolean {
  return row.principalId === OPERATOR && row.keyId !== keyId && row.revokedMs === undefined;
}

async function keyRow(key: string, nowMs: number, mode: "live" | "test"): Promise<ApiKeyRow> {
  return {
    keyId: keyIdOf(key),
    tenantId: DEFAULT_TENANT,
    principalId: OPERATOR,
    scopes: [...scopes],
    mode,
    hash: await hashKey(key),
    createdMs: nowMs,
  };
}

/** Replaces the operator's key: file, row and memory. The old one answers `key_revoked` from now on. */
export async function rotateOperatorKey(deps: KeyDeps, call: Call): Promise<{ keyId: string; key: string }> {
  if (deps.fromEnvironment) {
    throw new ParleyError(
      "conflict",
      { source: "PARLEY_API_KEY" },
      {
        message: "The key comes from PARLEY_API_KEY: change it there and start parley again.",
      },
    );
  }
  const { store, clock, authenticator } = deps;
  const key = deps.mint();
  const row = await keyRow(key, clock.nowMs(), "live");
  const old = (await store.listApiKeys(call.principal.tenantId)).filter((other) =>
    isOtherOperatorKey(other, row.keyId),
  );
  // The file first: a crash between both leaves a file whose key the next start makes known.
  deps.writeKeyFile(key);
  const revoked = old.map((other): RowOp => ({ op: "revokeApiKey", keyId: other.keyId, atMs: clock.nowMs() }));
  await commitRows(deps, [...revoked, { op: "putApiKey", key: row }]);
  for (const { keyId } of old) authenticator.forget(keyId);
  authenticator.trust(key, row);
  return { keyId: row.keyId, key };
}

async function commitRows(deps: KeyDeps, rows: RowOp[]): Promise<void> {
  await deps.store.commit({ commitId: deps.ids.next("cmt"), guards: [], appends: [], rows });
}
