// Webhooks in the model test: random changes, and what every read says after them.

import fc from "fast-check";
import type { DeliveryOutcome, WebhookOp, WebhookState } from "#ports/rows/webhooks.ts";
import { webhookStates } from "#ports/rows/webhooks.ts";
import type { Store } from "#ports/store.ts";
import { aWebhook, aWebhookAttempt } from "./store-webhooks.ts";

const ids = ["wh_1", "wh_2"] as const;
const runs = ["run_1", "run_2"] as const;
const records = ["dlv_1", "dlv_2", "dlv_3", "dlv_4"] as const;

const webhookId = fc.constantFrom(...ids);
const runId = fc.constantFrom(...runs);
const recordId = fc.constantFrom(...records);
const ms = fc.integer({ min: 1, max: 30 });
const sequence = fc.integer({ min: 0, max: 6 });
const state = fc.constantFrom<WebhookState>(...webhookStates);
const outcome = fc.constantFrom<DeliveryOutcome>("delivered", "retrying", "dead-lettered", "dead-lettered");
const health = fc.record({ consecutiveFailures: sequence, failuresMs: fc.array(ms, { maxLength: 2 }) });
const redrive = fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: sequence });

export const webhookArbitraries: { [K in WebhookOp["op"]]: fc.Arbitrary<Extract<WebhookOp, { op: K }>> } = {
  putWebhook: fc
    .record({ id: webhookId, tenantId: fc.constantFrom("default", "other"), state })
    .map(({ id, ...parts }) => ({ op: "putWebhook", webhook: aWebhook(id, parts), secret: `secret of ${id}` })),
  deleteWebhook: fc.record({ op: fc.constant("deleteWebhook"), webhookId }),
  changeWebhook: fc
    .record({
      webhookId,
      from: fc.subarray([...webhookStates]),
      to: state,
      recordId,
      atMs: ms,
      because: fc.boolean(),
      health: fc.option(health, { nil: undefined }),
    })
    .map(({ because, health: given, ...change }) => ({
      op: "changeWebhook",
      ...change,
      ...(because && { reason: "backpressure" as const }),
      ...(given && { health: given }),
    })),
  noteWebhookHealth: fc.record({ op: fc.constant("noteWebhookHealth"), webhookId, health }),
  raiseWebhook: fc
    .record({ webhookId, runId, firstSequence: sequence, more: sequence, atMs: ms })
    .map(({ more, ...row }) => ({ op: "raiseWebhook", ...row, lastSequence: row.firstSequence + more })),
  settleWebhook: fc
    .record({ webhookId, runId, redrive, recordId, outcome, nextSequence: sequence, attempts: sequence, dueMs: ms })
    .map(({ recordId: id, outcome: ended, nextSequence, attempts, dueMs, ...line }) => ({
      op: "settleWebhook",
      line,
      nextSequence,
      attempts,
      dueMs,
      record: aWebhookAttempt(id, { webhookId: line.webhookId, runId: line.runId, outcome: ended, atMs: dueMs }),
    })),
  redriveWebhook: fc.record({
    op: fc.constant("redriveWebhook"),
    webhookId,
    recordId,
    deliveryId: fc.constant("dlv_again"),
    atMs: ms,
  }),
};

/** What every read says about every name. */
export async function webhookContents(store: Store): Promise<unknown> {
  const all = <T>(names: readonly string[], read: (name: string) => Promise<T>) => Promise.all(names.map(read));
  const page = { limit: 2 };
  return Promise.all([
    store.listWebhooks(),
    all(["default", "other"], (tenantId) => store.listWebhooks(tenantId)),
    all(ids, (id) => store.readWebhook(id)),
    all(ids, (id) => store.readWebhookSecret(id)),
    all(ids, (id) => store.listDueWebhookLines(id, 15, 3)),
    all(ids, (id) => store.nextWebhookDueMs(id, 15)),
    all(runs, (run) => store.readWebhookLine({ webhookId: "wh_1", runId: run, redrive: -1 })),
    all(ids, (id) => store.listWebhookRecords({ webhookId: id, what: "deliveries" }, page)),
    all(ids, (id) => store.listWebhookRecords({ webhookId: id, what: "dead-letters" }, page)),
    all(ids, (id) => store.listWebhookRecords({ webhookId: id, what: "changes" }, page)),
  ]);
}
