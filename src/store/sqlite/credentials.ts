// API keys (their hashes) and the store's own secrets.

import type { ApiKeyRow } from "#ports/rows.ts";
import { type Database, present } from "./database.ts";

export function putApiKey(db: Database, key: ApiKeyRow): void {
  db.run(
    `INSERT OR REPLACE INTO api_keys (key_id, tenant_id, principal_id, scopes, mode, hash, created_ms, expires_ms,
       revoked_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key.keyId,
    key.tenantId,
    key.principalId,
    JSON.stringify(key.scopes),
    key.mode,
    key.hash,
    key.createdMs,
    key.expiresMs ?? null,
    key.revokedMs ?? null,
  );
}

/** The first revocation stays. */
export function revokeApiKey(db: Database, keyId: string, atMs: number): void {
  db.run("UPDATE api_keys SET revoked_ms = ? WHERE key_id = ? AND revoked_ms IS NULL", atMs, keyId);
}

interface ApiKeyRecord {
  key_id: string;
  tenant_id: string;
  principal_id: string;
  scopes: string;
  mode: ApiKeyRow["mode"];
  hash: string;
  created_ms: number;
  expires_ms: number | null;
  revoked_ms: number | null;
}

function apiKeyOf(record: ApiKeyRecord): ApiKeyRow {
  return {
    keyId: record.key_id,
    tenantId: record.tenant_id,
    principalId: record.principal_id,
    scopes: JSON.parse(record.scopes) as string[],
    mode: record.mode,
    hash: record.hash,
    createdMs: record.created_ms,
    ...present("expiresMs", record.expires_ms),
    ...present("revokedMs", record.revoked_ms),
  };
}

export function readApiKey(db: Database, keyId: string): ApiKeyRow | undefined {
  const record = db.get<ApiKeyRecord>("SELECT * FROM api_keys WHERE key_id = ?", keyId);
  return record && apiKeyOf(record);
}

export function listApiKeys(db: Database, tenantId: string): ApiKeyRow[] {
  const sql = "SELECT * FROM api_keys WHERE tenant_id = ? ORDER BY key_id";
  return db.all<ApiKeyRecord>(sql, tenantId).map(apiKeyOf);
}

export function putSecret(db: Database, name: string, value: string): void {
  db.run("INSERT OR REPLACE INTO secrets (name, value) VALUES (?, ?)", name, value);
}

export function readSecret(db: Database, name: string): string | undefined {
  return db.get<{ value: string }>("SELECT value FROM secrets WHERE name = ?", name)?.value;
}
