// Keys of every kind in a home at rest: with few scopes, expired, revoked, of another tenant.
// The one place of these suites that looks behind HTTP: this version has no route that makes such keys.

import { randomBytes } from "node:crypto";
import path from "node:path";
import { hashKey } from "#platform/keys.ts";
import type { ApiKeyRow } from "#ports/rows.ts";
import { openSqliteStore } from "#store/sqlite/open.ts";

export interface KeySpec {
  scopes: readonly string[];
  tenantId?: string;
  principalId?: string;
  expiresMs?: number;
  revokedMs?: number;
}

/** Adds one key per entry to a home whose daemon is stopped; the keys in plain text, under the same names. */
export async function addKeys<Name extends string>(
  home: string,
  specs: Record<Name, KeySpec>,
): Promise<Record<Name, string>> {
  const store = await openSqliteStore({ path: path.join(home, "data/parley.db") });
  try {
    const made = await Promise.all(
      (Object.entries(specs) as [Name, KeySpec][]).map(async ([name, spec]) => ({
        name,
        ...(await keyOf(name, spec)),
      })),
    );
    await store.commit({
      commitId: `cmt_keys_${randomBytes(8).toString("hex")}`,
      guards: [],
      appends: [],
      rows: made.map(({ row }) => ({ op: "putApiKey", key: row })),
    });
    return Object.fromEntries(made.map(({ name, key }) => [name, key])) as Record<Name, string>;
  } finally {
    await store.close();
  }
}

async function keyOf(name: string, spec: KeySpec): Promise<{ key: string; row: ApiKeyRow }> {
  const keyId = randomBytes(5).toString("hex");
  const key = `pk_${keyId}_${randomBytes(32).toString("base64url")}`;
  const { scopes, tenantId = "default", principalId = `test-${name}`, expiresMs, revokedMs } = spec;
  const row: ApiKeyRow = {
    keyId,
    tenantId,
    principalId,
    scopes: [...scopes],
    mode: "live",
    hash: await hashKey(key),
    createdMs: Date.now(),
    ...(expiresMs !== undefined && { expiresMs }),
    ...(revokedMs !== undefined && { revokedMs }),
  };
  return { key, row };
}
