import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { afterCrash, type DeliveryResult, MAX_ATTEMPTS, nextState } from "#delivery/policy.ts";
import { isPrivateAddress } from "#platform/addresses.ts";
import type { OutboxRow } from "#ports/rows.ts";

const row = (rest: Partial<OutboxRow> = {}): OutboxRow => ({
  outboxId: "obx_1",
  tenantId: "default",
  kind: "message",
  destination: "web:t",
  clientId: "c",
  payload: {},
  state: "queued",
  attempts: 0,
  dueMs: 0,
  createdMs: 0,
  repeatable: true,
  ...rest,
});

describe("after an attempt", () => {
  const cases: [string, DeliveryResult, Partial<OutboxRow>, string, number?][] = [
    ["sent is the end", { outcome: "sent" }, {}, "sent"],
    ["a refusal is the end", { outcome: "rejected", reason: "no" }, {}, "dead"],
    ["a failure waits a second and goes again", { outcome: "retry", reason: "503" }, {}, "queued", 1_000],
    ["the third failure waits four", { outcome: "retry", reason: "503" }, { attempts: 2 }, "queued", 4_000],
    ["the receiver's own wish is honoured", { outcome: "retry", reason: "429", afterMs: 9_000 }, {}, "queued", 9_000],
    [
      "the wait ends at five minutes",
      { outcome: "retry", reason: "503" },
      { attempts: MAX_ATTEMPTS - 2 },
      "queued",
      64_000,
    ],
    ["the last attempt is the last", { outcome: "retry", reason: "503" }, { attempts: MAX_ATTEMPTS - 1 }, "dead"],
    ["an unclear end goes again where that is harmless", { outcome: "unknown", reason: "cut" }, {}, "queued", 1_000],
    [
      "an unclear end stays unknown where it is not",
      { outcome: "unknown", reason: "cut" },
      { repeatable: false },
      "unknown",
    ],
  ];
  for (const [name, result, rest, state, waitMs = 0] of cases) {
    it(name, () => {
      const next = nextState(row(rest), result, 0, 0);
      assert.deepEqual([next.state, next.dueMs], [state, waitMs]);
    });
  }

  it("the wait gets up to a quarter of jitter", () => {
    assert.equal(nextState(row(), { outcome: "retry", reason: "x" }, 0, 0.9999).dueMs, 1_250);
  });
});

describe("a row found in the middle of an attempt", () => {
  it("goes again where that is harmless, else nobody knows", () => {
    assert.equal(afterCrash(row(), 5).state, "queued");
    assert.equal(afterCrash(row({ repeatable: false }), 5).state, "unknown");
  });
});

describe("addresses that a callback may not reach", () => {
  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "172.20.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "nonsense",
  ]) {
    it(address, () => assert.ok(isPrivateAddress(address)));
  }
  for (const address of ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"]) {
    it(`but ${address} is public`, () => assert.ok(!isPrivateAddress(address)));
  }
});
