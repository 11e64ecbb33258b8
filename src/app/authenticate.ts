// Who is this? A key is checked against its slow hash once, then remembered under a digest keyed with a secret of this
// boot until it is revoked.

import { hash, randomBytes } from "node:crypto";
import { hashKey, keyIdOf, verifyKey } from "#platform/keys.ts";
import type { Clock } from "#ports/clock.ts";
import type { ApiKeyRow } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import { ParleyError } from "#protocol/errors.ts";
import { Mailboxes } from "#runtime/mailboxes.ts";
import type { Principal } from "./call.ts";

interface Remembered {
  row: ApiKeyRow;
  principal: Principal;
}

/** Keys that may wait to be checked; beyond that callers are told to come back. */
const MAX_WAITING_CHECKS = 200;

/** The scheme's name has no case (RFC 9110 §11.1). */
const BEARER = /^bearer +([^\s]+) *$/i;
/** Keys remembered at the same time; beyond that the oldest is checked again. */
const MAX_REMEMBERED = 1_000;

export class Authenticator {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #testKeys: boolean;
  readonly #bootSecret = randomBytes(32).toString("hex");
  readonly #remembered = new Map<string, Remembered>();
  readonly #checks = new Mailboxes(MAX_WAITING_CHECKS);
  /** What a key of unknown id is compared with, so that it takes as long as a wrong one. */
  #dummyHash: string | undefined;

  /** `testKeys`: every key of this host counts as a test key (PARLEY_TEST_SEAMS). */
  constructor(store: Store, clock: Clock, testKeys: boolean) {
    this.#store = store;
    this.#clock = clock;
    this.#testKeys = testKeys;
  }

  /** The principal of an `Authorization` header. Throws `unauthenticated`, `key_expired` or `key_revoked`. */
  authenticate(header: string | undefined): Principal | Promise<Principal> {
    const key = BEARER.exec(header ?? "")?.[1];
    if (key === undefined) throw new ParleyError("unauthenticated");
    const known = this.#remembered.get(this.#fingerprint(key));
    if (known) return this.#alive(known);
    return this.#check(key);
  }

  /** Remembers a key whose plain text this process holds: no hash has to be computed for it. */
  trust(key: string, row: ApiKeyRow): void {
    this.#remember(key, row);
  }

  /** A key that must be looked at again: it was rotated or revoked. */
  forget(keyId: string): void {
    for (const [fingerprint, { row }] of this.#remembered)
      if (row.keyId === keyId) this.#remembered.delete(fingerprint);
  }

  /** One hash at a time: a flood of wrong keys takes one core at most, and waits in a line of its own. */
  #check(key: string): Promise<Principal> {
    return this.#checks.run("", () => this.#checkNow(key));
  }

  async #checkNow(key: string): Promise<Principal> {
    const known = this.#remembered.get(this.#fingerprint(key));
    if (known) return this.#alive(known);
    const row = await this.#store.readApiKey(keyIdOf(key));
    this.#dummyHash ??= await hashKey("no such key");
    const matches = await verifyKey(key, row?.hash ?? this.#dummyHash);
    if (!row || !matches) throw new ParleyError("unauthenticated");
    return this.#alive(this.#remember(key, row));
  }

  #alive({ row, principal }: Remembered): Principal {
    if (row.revokedMs !== undefined) throw new ParleyError("key_revoked");
    if (row.expiresMs !== undefined && row.expiresMs <= this.#clock.nowMs()) throw new ParleyError("key_expired");
    return principal;
  }

  #remember(key: string, row: ApiKeyRow): Remembered {
    const { principalId: id, tenantId } = row;
    const testKey = row.mode === "test" || this.#testKeys;
    const entry = { row, principal: { id, tenantId, scopes: new Set(row.scopes), testKey } };
    if (this.#remembered.size >= MAX_REMEMBERED) {
      for (const oldest of this.#remembered.keys()) {
        this.#remembered.delete(oldest);
        break;
      }
    }
    this.#remembered.set(this.#fingerprint(key), entry);
    return entry;
  }

  #fingerprint(key: string): string {
    // A one-shot digest costs a tenth of an Hmac object; this runs on every request.
    return hash("sha256", this.#bootSecret + key, "base64");
  }
}
