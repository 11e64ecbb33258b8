// What one attempt means: breaker, retry policy, dead letter (streams-webhooks.md §4.8, §4.9; triggers-channels.md A3).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_ATTEMPTS } from "#delivery/policy.ts";
import {
  afterFailure,
  afterSuccess,
  BREAKER_FAILURES,
  BREAKER_OPEN_MS,
  FAILURE_WINDOW_MS,
  gateOf,
  goodHealth,
  isPastPolicy,
  MAX_FAILURES,
} from "#delivery/webhooks/health.ts";
import { settle } from "#delivery/webhooks/settlement.ts";
import type { WebhookHealth, WebhookLine } from "#ports/rows/webhooks.ts";
import type { RunEvent } from "#protocol/events.ts";
import { deliveryNonce } from "#protocol/webhook-signature.ts";

const key = (runId: string) => ({ webhookId: "wh_1", runId, redrive: -1 });

/** `count` failures, one per ms, the last one at `nowMs`; each of a run of its own. */
function failing(count: number, nowMs: number, from: WebhookHealth = goodHealth): WebhookHealth {
  let health = from;
  for (let at = 1; at <= count; at += 1) health = afterFailure(health, key(`run_${at}`), nowMs - count + at);
  return health;
}

describe("the breaker", () => {
  it("is closed until the fourth failure in a row", () => {
    assert.equal(BREAKER_FAILURES, 4);
    assert.deepEqual(gateOf(failing(3, 1_000), 1_000), { gate: "closed" });
    const gate = gateOf(failing(4, 1_000), 1_000);
    assert.deepEqual(gate, { gate: "open", probe: { runId: "run_4", redrive: -1 }, untilMs: 1_000 + BREAKER_OPEN_MS });
  });

  it("is open for an hour, then half open", () => {
    assert.equal(BREAKER_OPEN_MS, 3_600_000);
    const health = failing(4, 1_000);
    assert.equal(gateOf(health, 1_000 + BREAKER_OPEN_MS - 1).gate, "open");
    assert.deepEqual(gateOf(health, 1_000 + BREAKER_OPEN_MS), { gate: "half-open" });
  });

  it("keeps its probe and its hour while the probe fails, and opens anew when a later one fails", () => {
    const open = failing(4, 1_000);
    const still = afterFailure(open, key("run_9"), 2_000);
    assert.deepEqual([still.probe, still.openUntilMs], [open.probe, open.openUntilMs]);
    const laterMs = 1_000 + BREAKER_OPEN_MS;
    const anew = afterFailure(open, key("run_9"), laterMs);
    assert.deepEqual([anew.probe?.runId, anew.openUntilMs], ["run_9", laterMs + BREAKER_OPEN_MS]);
  });

  it("is closed by a success, which forgets no failure of the week", () => {
    const after = afterSuccess(failing(5, 1_000));
    assert.deepEqual(gateOf(after, 1_000), { gate: "closed" });
    assert.equal(after.failuresMs.length, 5);
  });

  it("starts to count again after a success", () => {
    assert.equal(gateOf(failing(3, 2_000, afterSuccess(failing(3, 1_000))), 2_000).gate, "closed");
  });

  it("costs nothing while all goes well", () => assert.equal(afterSuccess(goodHealth), goodHealth));
});

describe("the policy of a week", () => {
  it("is passed by a hundred failures, whatever succeeded in between", () => {
    assert.equal(MAX_FAILURES, 100);
    let health = goodHealth;
    for (let at = 1; at < MAX_FAILURES; at += 1) health = afterSuccess(failing(1, at, health));
    assert.equal(isPastPolicy(health), false);
    assert.equal(isPastPolicy(failing(1, 200, health)), true);
  });

  it("forgets what is older than seven days", () => {
    assert.equal(FAILURE_WINDOW_MS, 7 * 24 * 3_600_000);
    const health = failing(99, 99);
    assert.equal(isPastPolicy(failing(1, 99 + FAILURE_WINDOW_MS, health)), false);
  });
});

describe("an attempt", () => {
  const event = { eventId: "evt_3", sequence: 3, type: "run.completed" } as RunEvent;
  const line = (parts: Partial<WebhookLine> = {}): WebhookLine => ({
    ...key("run_1"),
    nextSequence: 2,
    throughSequence: 9,
    attempts: 0,
    dueMs: 0,
    sinceMs: 0,
    ...parts,
  });
  const inputs = {
    event,
    health: goodHealth,
    nowMs: 10_000,
    random: 0,
    firstRetryMs: 1_000,
    recordIds: ["dlv_a", "dlv_b"] as const,
  };
  const answered = (status: number) => ({ outcome: "answered", status, retryAfter: undefined }) as const;

  for (const status of [200, 201, 204, 299]) {
    it(`that is answered ${status} is delivered: the line moves behind the event`, () => {
      const { rows, outcome } = settle({ ...inputs, line: line(), posted: answered(status) });
      assert.equal(outcome, "delivered");
      assert.equal(rows.length, 1, "nothing but the line");
      const [row] = rows;
      assert.ok(row?.op === "settleWebhook");
      assert.deepEqual([row.nextSequence, row.attempts], [4, 0]);
      const { deliveryId, dedupKey, ...record } = row.record ?? assert.fail();
      assert.equal(dedupKey, deliveryNonce("wh_1", "evt_3"));
      assert.deepEqual(record, {
        kind: "delivery",
        recordId: "dlv_a",
        webhookId: "wh_1",
        atMs: 10_000,
        runId: "run_1",
        sequence: 3,
        eventId: "evt_3",
        eventType: "run.completed",
        attempt: 1,
        outcome: "delivered",
        status,
      });
    });
  }

  for (const { name, posted, error } of [
    { name: "a redirect", posted: answered(302), error: /answered 302/ },
    { name: "a refusal", posted: answered(404), error: /answered 404/ },
    { name: "an error", posted: answered(500), error: /answered 500/ },
    { name: "a broken connection", posted: { outcome: "failed", reason: "socket hang up" } as const, error: /socket/ },
    { name: "a private address", posted: { outcome: "private" } as const, error: /private/ },
    { name: "an unknown name", posted: { outcome: "unknown_host" } as const, error: /unknown/ },
  ]) {
    it(`that ends in ${name} is made again: the line stays at the event`, () => {
      const { rows, outcome } = settle({ ...inputs, line: line(), posted });
      assert.equal(outcome, "retrying");
      const [row] = rows;
      assert.ok(row?.op === "settleWebhook");
      assert.deepEqual([row.nextSequence, row.attempts, row.dueMs], [3, 1, 11_000]);
      assert.match(row.record?.error ?? "", error);
    });
  }

  it("waits 1, 2, 4 … 64 seconds, and up to a quarter more", () => {
    const waits = (random: number) =>
      Array.from({ length: MAX_ATTEMPTS - 1 }, (_, attempts) => {
        const { rows } = settle({ ...inputs, random, line: line({ attempts }), posted: answered(500) });
        return rows[0]?.op === "settleWebhook" ? rows[0].dueMs - inputs.nowMs : Number.NaN;
      });
    assert.deepEqual(waits(0), [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000]);
    assert.equal(waits(0.999).at(0), 1_250);
  });

  it("that is the eighth and fails is the last: a dead letter, and the webhook waits for its operator", () => {
    assert.equal(MAX_ATTEMPTS, 8);
    const { rows, outcome } = settle({ ...inputs, line: line({ attempts: 7 }), posted: answered(500) });
    assert.equal(outcome, "dead-lettered");
    const [row] = rows;
    assert.ok(row?.op === "settleWebhook");
    assert.deepEqual([row.nextSequence, row.record?.attempt, row.record?.outcome], [4, 8, "dead-lettered"]);
    const change = rows.find((one) => one.op === "changeWebhook");
    assert.deepEqual([change?.from, change?.to, change?.reason], [["active"], "dead-lettered", "retry-exhausted"]);
  });

  it("that is the hundredth failure of a week makes the webhook failed", () => {
    const health = failing(99, 9_000);
    const { rows } = settle({ ...inputs, health, line: line(), posted: answered(500) });
    const change = rows.find((one) => one.op === "changeWebhook");
    assert.deepEqual([change?.to, change?.reason], ["failed", "backpressure"]);
  });

  it("of a redrive carries the id of the new delivery and the key of the old one", () => {
    const posted = answered(200);
    const deliveryOf = (parts: Partial<WebhookLine>) => {
      const [row] = settle({ ...inputs, line: line(parts), posted }).rows;
      return row?.op === "settleWebhook" ? row.record : undefined;
    };
    const [first, again] = [deliveryOf({}), deliveryOf({ redrive: 3, deliveryId: "dlv_new" })];
    assert.equal(again?.deliveryId, "dlv_new");
    assert.notEqual(first?.deliveryId, again?.deliveryId);
    assert.equal(first?.dedupKey, again?.dedupKey);
  });
});
