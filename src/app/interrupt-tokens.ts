// Signed interrupt tokens: `base64url(payload).base64url(hmac_sha256(payload))` (interrupts-conversations.md §7.4).

import { createHmac, timingSafeEqual } from "node:crypto";
import { ParleyError } from "#protocol/errors.ts";

export interface TokenPayload {
  runId: string;
  nodeId: string;
  interruptId: string;
  /** ISO 8601. */
  expiresAt: string;
  intent: "resolve" | "inspect";
  /** Which secret signed it. */
  kid: string;
}

/** Default life of a token; the interrupt's own deadline may be earlier. */
export const TOKEN_LIFE_MS = 30 * 60_000;

export class InterruptTokens {
  readonly #kid: string;
  readonly #secret: Buffer;

  /** `secret`: 32 random bytes as hex, kept in the store. */
  constructor(kid: string, secret: string) {
    this.#kid = kid;
    this.#secret = Buffer.from(secret, "hex");
  }

  sign(payload: Omit<TokenPayload, "kid">): string {
    const json = JSON.stringify({ ...payload, kid: this.#kid });
    return `${Buffer.from(json).toString("base64url")}.${this.#mac(json).toString("base64url")}`;
  }

  /** The payload of a token of ours; expiry is the caller's to judge. Throws `invalid_interrupt_token`. */
  verify(token: string): TokenPayload {
    const [encoded, mac, ...rest] = token.split(".");
    if (!encoded || !mac || rest.length > 0) throw new ParleyError("invalid_interrupt_token");
    const json = Buffer.from(encoded, "base64url").toString("utf8");
    const given = Buffer.from(mac, "base64url");
    const expected = this.#mac(json);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new ParleyError("invalid_interrupt_token");
    }
    return JSON.parse(json) as TokenPayload;
  }

  #mac(json: string): Buffer {
    return createHmac("sha256", this.#secret).update(json).digest();
  }
}
