// Console sessions: one-time links, and the signed tokens that a browser keeps as a cookie.
//
//   link      a random token that signs one browser in; held in memory as a digest, gone with the process
//   session   `base64url(payload).base64url(hmac_sha256(payload))`; the host stores nothing of it while it lives
//
//   A1. A session stands on the operator key that was current when it was made. When that key is revoked, expires or
//       is replaced, the session is over in the same commit: a rotation needs no second step that a crash could skip.
//   A2. Signing out writes a mark that is dated at the session's own end, so that pruning keeps it as long as the
//       session could be used.
//   A3. A link works once and for ten minutes. Wrong, used and old links get the same answer.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { ApiKeyRow } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import { sha256Hex } from "#protocol/canonical.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Call, Principal } from "./call.ts";
import { DEFAULT_TENANT, OPERATOR } from "./keys.ts";
import { scopes } from "./scopes.ts";

export const LINK_LIFE_MS = 10 * 60_000;
export const SESSION_LIFE_MS = 30 * 24 * 3_600_000;
/** Links that may be open at the same time; a further one ends the oldest. */
const MAX_OPEN_LINKS = 5;
const ENDED = "session-ended";

export interface SessionDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** Signs the sessions: 32 random bytes as hex, kept in the store. */
  secret: string;
  randomBytes: (size: number) => Buffer;
  /** Keeps a credential out of every log and row, until the returned function says that it is worthless. */
  mask: (credential: string) => () => void;
}

interface Link {
  /** SHA-256 of the token. */
  digest: Buffer;
  expiresMs: number;
  unmask: () => void;
}

interface SessionPayload {
  sessionId: string;
  principal: string;
  /** The operator key it stands on (A1). */
  keyId: string;
  issuedMs: number;
  expiresMs: number;
}

export class Sessions {
  readonly #deps: SessionDeps;
  #links: Link[] = [];

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /** A fresh one-time token. It is a credential: show it to the operator alone. */
  openLink(): string {
    const token = this.#deps.randomBytes(32).toString("base64url");
    const unmask = this.#deps.mask(token);
    const link = { digest: digestOf(token), expiresMs: this.#deps.clock.nowMs() + LINK_LIFE_MS, unmask };
    this.#keep([...this.#openLinks(), link].slice(-MAX_OPEN_LINKS));
    return token;
  }

  /** Uses a link up; the session it opens. Throws `unauthenticated`. */
  async signIn(token: string): Promise<string> {
    // Taken before anything is awaited: of two browsers with one link, one gets in.
    if (!this.#take(token)) throw linkRefused();
    const key = await this.#operatorKey();
    if (!key) throw linkRefused();
    const issuedMs = this.#deps.clock.nowMs();
    return this.#sign({
      sessionId: this.#deps.randomBytes(16).toString("base64url"),
      principal: key.principalId,
      keyId: key.keyId,
      issuedMs,
      expiresMs: issuedMs + SESSION_LIFE_MS,
    });
  }

  /** Who a session speaks for: the operator. Throws `unauthenticated` when it is none of ours or over. */
  async authenticate(session: string): Promise<Principal> {
    const payload = this.#verify(session);
    if (!payload || payload.expiresMs <= this.#deps.clock.nowMs()) throw sessionRefused();
    const key = await this.#deps.store.readApiKey(payload.keyId);
    if (!key || !this.#isAlive(key)) throw sessionRefused();
    // A key of the same id with another text (PARLEY_API_KEY) is another key.
    if (key.createdMs > payload.issuedMs || key.principalId !== payload.principal) throw sessionRefused();
    if ((await this.#deps.store.readDedup(ENDED, payload.sessionId)) !== undefined) throw sessionRefused();
    return { id: key.principalId, tenantId: key.tenantId, scopes: new Set(scopes), testKey: false };
  }

  /** Ends a session for good; one that is none of ours, or over, stays what it is. */
  async signOut(session: string): Promise<void> {
    const payload = this.#verify(session);
    if (!payload || payload.expiresMs <= this.#deps.clock.nowMs()) return;
    const { sessionId: key, expiresMs: atMs } = payload;
    await this.#deps.store.commit({
      commitId: this.#deps.ids.next("cmt"),
      guards: [{ guard: "dedupAbsent", scope: ENDED, key }],
      appends: [],
      rows: [{ op: "claimDedup", scope: ENDED, key, value: true, atMs }],
    });
  }

  #openLinks(): Link[] {
    const nowMs = this.#deps.clock.nowMs();
    return this.#links.filter((link) => link.expiresMs > nowMs);
  }

  /** Compares with every open link, each in constant time, so that the wait tells nothing. */
  #take(token: string): boolean {
    const digest = digestOf(token);
    const open = this.#openLinks();
    const others = open.filter((link) => !timingSafeEqual(link.digest, digest));
    this.#keep(others);
    return others.length < open.length;
  }

  /** A link that does not open anything any more is no secret. */
  #keep(links: Link[]): void {
    for (const link of this.#links) if (!links.includes(link)) link.unmask();
    this.#links = links;
  }

  async #operatorKey(): Promise<ApiKeyRow | undefined> {
    const keys = await this.#deps.store.listApiKeys(DEFAULT_TENANT);
    const current = keys.filter((key) => key.principalId === OPERATOR && this.#isAlive(key));
    return current.sort((a, b) => b.createdMs - a.createdMs)[0];
  }

  #isAlive(key: ApiKeyRow): boolean {
    if (key.revokedMs !== undefined) return false;
    return key.expiresMs === undefined || key.expiresMs > this.#deps.clock.nowMs();
  }

  #sign(payload: SessionPayload): string {
    const json = JSON.stringify(payload);
    return `${Buffer.from(json).toString("base64url")}.${this.#mac(json).toString("base64url")}`;
  }

  /** The payload of a token that we signed. */
  #verify(session: string): SessionPayload | undefined {
    const [encoded, mac, ...rest] = session.split(".");
    if (!encoded || !mac || rest.length > 0) return undefined;
    const json = Buffer.from(encoded, "base64url").toString("utf8");
    const given = Buffer.from(mac, "base64url");
    const expected = this.#mac(json);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return JSON.parse(json) as SessionPayload;
  }

  #mac(json: string): Buffer {
    return createHmac("sha256", Buffer.from(this.#deps.secret, "hex")).update(json).digest();
  }
}

/** A link opens the operator's console, so only the operator may have one made, whatever scopes others hold. */
export function requireOperator({ principal }: Call): void {
  if (principal.id === OPERATOR && principal.tenantId === DEFAULT_TENANT) return;
  throw new ParleyError(
    "forbidden",
    { reason: "not_the_operator" },
    { message: "Only the operator's key may do this." },
  );
}

function digestOf(token: string): Buffer {
  return Buffer.from(sha256Hex(token), "hex");
}

function linkRefused(): ParleyError {
  return new ParleyError("unauthenticated", {}, { message: `This link does not work any more. ${NEW_LINK}` });
}

function sessionRefused(): ParleyError {
  return new ParleyError("unauthenticated", {}, { message: `You are signed out. ${NEW_LINK}` });
}

const NEW_LINK = "Get a new link: npx parley open";
