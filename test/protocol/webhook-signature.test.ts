// Signatures of webhooks, and the receiver's checks in the contract's order (streams-webhooks.md §4.5).

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { deliveryNonce, type ReceivedHeaders, signatureOf, verifyWebhook } from "#protocol/webhook-signature.ts";

const secret = "5ec2e7".repeat(10);
const nowMs = Date.parse("2026-06-30T10:00:00.000Z");
const timestamp = String(nowMs / 1000);
const rawBody = JSON.stringify({ runId: "run_1", type: "run.completed", eventId: "evt_9", text: "ü" });
const nonce = createHash("sha256").update("wh_1.evt_9").digest("base64url");

/** As the host sends it. `undefined` leaves a header out. */
function sent(changes: Record<string, string | undefined> = {}, body = rawBody): ReceivedHeaders {
  const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  const headers: Record<string, string | undefined> = {
    "x-openwop-webhook-id": "wh_1",
    "x-openwop-timestamp": timestamp,
    "x-openwop-signature": `sha256=${signature}`,
    "x-openwop-signature-algorithm": "v1",
    "openwop-delivery-nonce": nonce,
    ...changes,
  };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

describe("a webhook's signature", () => {
  it("is the HMAC of timestamp, dot and raw body under the secret's text", () => {
    const known = createHmac("sha256", "key").update('1700000000.{"a":1}').digest("hex");
    assert.equal(signatureOf("key", 1_700_000_000, '{"a":1}'), known);
    assert.equal(signatureOf("key", "1700000000", Buffer.from('{"a":1}')), known);
  });

  it("comes with a nonce made of the webhook and the event alone", () => {
    assert.equal(deliveryNonce("wh_1", "evt_9"), nonce);
  });
});

describe("a receiver of webhooks", () => {
  const verdict = (headers: ReceivedHeaders, more: { rawBody?: string | Uint8Array; seen?: string[] } = {}) => {
    const isSeen = (given: string) => more.seen?.includes(given) ?? false;
    const judged = verifyWebhook({ secret, headers, rawBody: more.rawBody ?? rawBody, nowMs, isSeen });
    return judged.verdict === "refused" ? judged.reason : judged.verdict;
  };

  it("accepts what the host sent, as text or as bytes, and hands out the parsed event", () => {
    const judged = verifyWebhook({ secret, headers: sent(), rawBody: Buffer.from(rawBody), nowMs });
    assert.deepEqual(judged, { verdict: "accepted", nonce, event: JSON.parse(rawBody) });
  });

  const later = { "x-openwop-timestamp": undefined, "openwop-timestamp": timestamp };
  const old = String(nowMs / 1000 - 301);
  const signedAt = (at: string) => `sha256=${signatureOf(secret, at, rawBody)}`;
  for (const { name, headers, more, says } of [
    {
      name: "headers in any case",
      headers: Object.fromEntries(Object.entries(sent()).map(([k, v]) => [k.toUpperCase(), v])),
      says: "accepted",
    },
    { name: "the later family of headers alone", headers: sent(later), says: "accepted" },
    { name: "no algorithm: it is v1", headers: sent({ "x-openwop-signature-algorithm": undefined }), says: "accepted" },
    { name: "no nonce header", headers: sent({ "openwop-delivery-nonce": undefined }), says: "accepted" },
    {
      name: "a signature 300 s old",
      headers: sent({
        "x-openwop-timestamp": String(nowMs / 1000 - 300),
        "x-openwop-signature": signedAt(String(nowMs / 1000 - 300)),
      }),
      says: "accepted",
    },
    { name: "a repetition", headers: sent(), more: { seen: [nonce] }, says: "repeated" },
    {
      name: "a repetition without its nonce header",
      headers: sent({ "openwop-delivery-nonce": undefined }),
      more: { seen: [nonce] },
      says: "repeated",
    },
    { name: "another algorithm", headers: sent({ "x-openwop-signature-algorithm": "v2" }), says: "unknown_algorithm" },
    {
      name: "families that disagree",
      headers: sent({ "openwop-signature-algorithm": "v2" }),
      says: "unknown_algorithm",
    },
    { name: "no timestamp", headers: sent({ "x-openwop-timestamp": undefined }), says: "malformed_header" },
    { name: "a timestamp that is none", headers: sent({ "x-openwop-timestamp": "soon" }), says: "malformed_header" },
    {
      name: "a signature 301 s old",
      headers: sent({ "x-openwop-timestamp": old, "x-openwop-signature": signedAt(old) }),
      says: "stale_timestamp",
    },
    {
      name: "a signature of the future",
      headers: sent({ "x-openwop-timestamp": String(nowMs / 1000 + 301) }),
      says: "stale_timestamp",
    },
    { name: "no signature", headers: sent({ "x-openwop-signature": undefined }), says: "malformed_header" },
    {
      name: "a signature without its prefix",
      headers: sent({ "x-openwop-signature": "ab".repeat(32) }),
      says: "malformed_header",
    },
    {
      name: "a signature that is too short",
      headers: sent({ "x-openwop-signature": "sha256=abcd" }),
      says: "malformed_header",
    },
    {
      name: "a tampered signature",
      headers: sent({ "x-openwop-signature": `sha256=${"ab".repeat(32)}` }),
      says: "signature_mismatch",
    },
    {
      name: "a tampered body",
      headers: sent(),
      more: { rawBody: rawBody.replace("completed", "cancelled") },
      says: "signature_mismatch",
    },
    {
      name: "another time under the same signature",
      headers: sent({ "x-openwop-timestamp": String(nowMs / 1000 - 1) }),
      says: "signature_mismatch",
    },
    {
      name: "a nonce that is not the body's",
      headers: sent({ "openwop-delivery-nonce": "another" }),
      says: "nonce_mismatch",
    },
    { name: "no webhook id", headers: sent({ "x-openwop-webhook-id": undefined }), says: "malformed_header" },
    {
      name: "a signed body that is no JSON",
      headers: sent({}, "hello"),
      more: { rawBody: "hello" },
      says: "malformed_body",
    },
    {
      name: "a signed body without an event id",
      headers: sent({}, "{}"),
      more: { rawBody: "{}" },
      says: "malformed_body",
    },
  ]) {
    it(`says ${says} to ${name}`, () => assert.equal(verdict(headers, more), says));
  }

  it("looks at the algorithm before the time, and at the time before the signature", () => {
    const all = { "x-openwop-signature-algorithm": "v2", "x-openwop-timestamp": old, "x-openwop-signature": "none" };
    assert.equal(verdict(sent(all)), "unknown_algorithm");
    assert.equal(verdict(sent({ ...all, "x-openwop-signature-algorithm": "v1" })), "stale_timestamp");
  });

  it("does not ask for the nonce of what is not genuine", () => {
    let asked = 0;
    const isSeen = () => {
      asked += 1;
      return false;
    };
    verifyWebhook({ secret: "other", headers: sent(), rawBody, nowMs, isSeen });
    assert.equal(asked, 0);
  });
});
