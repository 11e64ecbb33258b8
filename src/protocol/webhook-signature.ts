// Webhook signatures: how a delivery is signed, and how its receiver checks it (streams-webhooks.md §4.3-§4.5).
// Pure, and of use to any client: it needs node:crypto and nothing of ours.
//
//   signature  hex of HMAC-SHA256 over `<timestamp>.<raw body>`, the key is the secret's text
//   nonce      base64url of SHA-256 over `<webhook id>.<event id>`: the same for every attempt at one event
//
//   V1. The order of the checks: algorithm known, timestamp fresh, MAC equal, nonce unseen, and only then the body is read.
//   V2. The MAC is computed over the bytes as they came, and compared in constant time.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export const SIGNATURE_ALGORITHM = "v1";
/** Receivers refuse what was signed longer ago, or that far in the future. */
export const MAX_SKEW_SECONDS = 300;

export function signatureOf(secret: string, timestamp: number | string, rawBody: string | Uint8Array): string {
  return createHmac("sha256", secret).update(`${timestamp}.`).update(rawBody).digest("hex");
}

export function deliveryNonce(webhookId: string, eventId: string): string {
  return createHash("sha256").update(`${webhookId}.${eventId}`).digest("base64url");
}

/** Headers by name in any case; an array is what came more than once. */
export type ReceivedHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ReceivedWebhook {
  secret: string;
  headers: ReceivedHeaders;
  rawBody: string | Uint8Array;
  nowMs: number;
  /**
   * Whether a delivery of this nonce was taken before; absent = the receiver keeps no nonces. One that does remembers
   * them for twice the skew at least.
   */
  isSeen?: (nonce: string) => boolean;
}

export type Refusal =
  | "unknown_algorithm"
  | "malformed_header"
  | "stale_timestamp"
  | "signature_mismatch"
  | "nonce_mismatch"
  | "malformed_body";

/** `repeated`: genuine and taken before; answer 2xx and do nothing. */
export type Verdict =
  | { verdict: "accepted"; nonce: string; event: Readonly<Record<string, unknown>> }
  | { verdict: "repeated"; nonce: string }
  | { verdict: "refused"; reason: Refusal };

/** Checks a delivery in the contract's order (V1). Total: anything can come in, nothing is thrown. */
export function verifyWebhook({ secret, headers, rawBody, nowMs, isSeen }: ReceivedWebhook): Verdict {
  const header = headerReader(headers);
  const algorithm = header("Signature-Algorithm") ?? SIGNATURE_ALGORITHM;
  if (algorithm !== SIGNATURE_ALGORITHM) return refused("unknown_algorithm");
  const timestamp = header("Timestamp");
  const given = /^sha256=([0-9a-f]{64})$/.exec(header("Signature") ?? "")?.[1];
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return refused("malformed_header");
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > MAX_SKEW_SECONDS) return refused("stale_timestamp");
  if (given === undefined) return refused("malformed_header");
  if (!isEqual(given, signatureOf(secret, timestamp, rawBody))) return refused("signature_mismatch");
  return judgeBody(header, rawBody, isSeen ?? (() => false));
}

/** The MAC held: the body is the sender's. What it says must agree with the headers, which the MAC does not cover. */
function judgeBody(
  header: (name: string) => string | undefined,
  rawBody: string | Uint8Array,
  isSeen: (nonce: string) => boolean,
): Verdict {
  const claimed = header("Delivery-Nonce");
  if (claimed !== undefined && isSeen(claimed)) return { verdict: "repeated", nonce: claimed };
  const webhookId = header("Webhook-Id");
  if (webhookId === undefined) return refused("malformed_header");
  const body = parse(rawBody);
  if (typeof body?.eventId !== "string") return refused("malformed_body");
  const nonce = deliveryNonce(webhookId, body.eventId);
  if (claimed !== undefined && claimed !== nonce) return refused("nonce_mismatch");
  if (isSeen(nonce)) return { verdict: "repeated", nonce };
  return { verdict: "accepted", nonce, event: body };
}

function refused(reason: Refusal): Verdict {
  return { verdict: "refused", reason };
}

/** Reads a header of either family; where both came they must be equal, or there is none. */
function headerReader(headers: ReceivedHeaders): (name: string) => string | undefined {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") values.set(name.toLowerCase(), value.trim());
    else if (value !== undefined) values.set(name.toLowerCase(), value.join(", "));
  }
  return (name) => {
    const family = [`x-openwop-${name}`, `openwop-${name}`].map((full) => values.get(full.toLowerCase()));
    const [old, later] = family;
    if (old !== undefined && later !== undefined && old !== later) return "";
    return old ?? later;
  };
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function parse(rawBody: string | Uint8Array): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(typeof rawBody === "string" ? rawBody : Buffer.from(rawBody).toString("utf8")) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
