// API keys: how they look, and how they are kept (discovery-auth.md §7.1).
//
//   pk_<key id>_<secret>   the id is not secret: one look-up, one comparison
//   env                    id of a key that came in PARLEY_API_KEY and has no id of its own

import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

export const ENV_KEY_ID = "env";
const KEY_PATTERN = /^pk_([0-9a-z]{10})_[A-Za-z0-9_-]{43}$/;
/** Keys hold 256 random bits: the hash only has to be one-way. 4 MB a check keeps a flood of wrong keys cheap. */
const COST = { N: 4096, r: 8, p: 1 };
const HASH_BYTES = 32;

/** The id inside a key; {@link ENV_KEY_ID} for keys of any other shape. */
export function keyIdOf(key: string): string {
  return KEY_PATTERN.exec(key)?.[1] ?? ENV_KEY_ID;
}

/** `scrypt$N$r$p$salt$hash`. */
export async function hashKey(key: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(key, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/** Constant-time comparison; an unreadable hash never matches. */
export async function verifyKey(key: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = stored.split("$");
  if (scheme !== "scrypt" || !salt || !hash) return false;
  const expected = Buffer.from(hash, "base64url");
  const given = await derive(key, Buffer.from(salt, "base64url"), { N: Number(N), r: Number(r), p: Number(p) });
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function derive(key: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(key, salt, HASH_BYTES, cost, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}
