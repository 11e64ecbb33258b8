// Every guard: when it holds, and what the outcome shows when it does not.

import assert from "node:assert/strict";
import type { Guard, RowOp } from "#ports/rows.ts";
import type { Json } from "#protocol/json.ts";
import {
  aMessage,
  anEffect,
  anInterrupt,
  anOutboxRow,
  aReceipt,
  aRun,
  ask,
  aWorkflow,
  insertRun,
  type OpenStore,
  putEffect,
  putInterrupt,
  putOutbox,
  stores,
  write,
} from "./store-builders.ts";

interface Case {
  name: string;
  given?: RowOp[];
  guard: Guard;
  /** Absent: the guard holds. */
  fails?: { existing: unknown };
}

const lane = { tenantId: "default", threadId: "t" };
const aRunningTurn: RowOp[] = [
  { op: "insertMessage", message: aMessage("m"), channel: "web" },
  { op: "claimLane", ...lane, runId: "run_1" },
];
const dedup: RowOp = { op: "claimDedup", scope: "s", key: "k", value: [1, null, "x"], atMs: 1 };
const receipt: RowOp = { op: "putReceipt", receipt: aReceipt("hash") };
const workflow: RowOp = { op: "putWorkflow", workflow: aWorkflow("flow") };

const cases: Case[] = [
  { name: "dedupAbsent holds for a new key", guard: { guard: "dedupAbsent", scope: "s", key: "k" } },
  { name: "dedupAbsent holds in another scope", given: [dedup], guard: { guard: "dedupAbsent", scope: "o", key: "k" } },
  {
    name: "dedupAbsent fails with the value of the mark",
    given: [dedup],
    guard: { guard: "dedupAbsent", scope: "s", key: "k" },
    fails: { existing: [1, null, "x"] },
  },

  { name: "receiptAbsent holds for a new key", guard: { guard: "receiptAbsent", keyHash: "hash", nowMs: 1 } },
  {
    name: "receiptAbsent fails with the receipt, until it expires",
    given: [receipt],
    guard: { guard: "receiptAbsent", keyHash: "hash", nowMs: 9_999 },
    fails: { existing: aReceipt("hash") },
  },
  {
    name: "receiptAbsent holds from the moment the receipt expires",
    given: [receipt],
    guard: { guard: "receiptAbsent", keyHash: "hash", nowMs: 10_000 },
  },

  { name: "runAbsent holds for a new id", guard: { guard: "runAbsent", runId: "run_1" } },
  {
    name: "runAbsent fails with the run's row",
    given: [insertRun("run_1")],
    guard: { guard: "runAbsent", runId: "run_1" },
    fails: { existing: aRun("run_1") },
  },

  {
    name: "interruptOpen holds while the question is open",
    given: [putInterrupt("int_1")],
    guard: { guard: "interruptOpen", interruptId: "int_1" },
  },
  {
    name: "interruptOpen fails with the settled row",
    given: [putInterrupt("int_1", { status: "expired", settledMs: 5 })],
    guard: { guard: "interruptOpen", interruptId: "int_1" },
    fails: { existing: anInterrupt("int_1", { status: "expired", settledMs: 5 }) },
  },
  {
    name: "interruptOpen fails where there is none",
    guard: { guard: "interruptOpen", interruptId: "int_1" },
    fails: { existing: undefined },
  },

  {
    name: "effectState holds in one of the states",
    given: [putEffect("eff_1")],
    guard: { guard: "effectState", effectId: "eff_1", states: ["started", "planned"] },
  },
  {
    name: "effectState fails in another with the row",
    given: [putEffect("eff_1", { state: "done" })],
    guard: { guard: "effectState", effectId: "eff_1", states: ["started", "planned"] },
    fails: { existing: anEffect("eff_1", { state: "done" }) },
  },
  {
    name: "effectState fails where there is none",
    guard: { guard: "effectState", effectId: "eff_1", states: ["planned"] },
    fails: { existing: undefined },
  },

  {
    name: "outboxState holds in one of the states",
    given: [putOutbox("obx_1")],
    guard: { guard: "outboxState", outboxId: "obx_1", states: ["queued"] },
  },
  {
    name: "outboxState fails in another with the row",
    given: [putOutbox("obx_1", { state: "sent" })],
    guard: { guard: "outboxState", outboxId: "obx_1", states: ["queued", "sending"] },
    fails: { existing: anOutboxRow("obx_1", { state: "sent" }) },
  },
  {
    name: "outboxState fails where there is none",
    guard: { guard: "outboxState", outboxId: "obx_1", states: ["queued"] },
    fails: { existing: undefined },
  },

  { name: "laneFree holds for a thread that does not exist", guard: { guard: "laneFree", ...lane } },
  {
    name: "laneFree holds in another tenant",
    given: aRunningTurn,
    guard: { guard: "laneFree", ...lane, tenantId: "b" },
  },
  {
    name: "laneFree fails with the run that holds the lane",
    given: aRunningTurn,
    guard: { guard: "laneFree", ...lane },
    fails: { existing: "run_1" },
  },
  { name: "laneBusy holds while a run holds the lane", given: aRunningTurn, guard: { guard: "laneBusy", ...lane } },
  { name: "laneBusy fails on a free lane", guard: { guard: "laneBusy", ...lane }, fails: { existing: undefined } },

  { name: "secretAbsent holds for a new name", guard: { guard: "secretAbsent", name: "signing" } },
  {
    name: "secretAbsent fails and does not show the secret",
    given: [{ op: "putSecret", name: "signing", value: "hidden" }],
    guard: { guard: "secretAbsent", name: "signing" },
    fails: { existing: undefined },
  },

  {
    name: "workflowHash holds for the current version",
    given: [workflow],
    guard: { guard: "workflowHash", tenantId: "default", workflowId: "flow", hash: "h1" },
  },
  {
    name: "workflowHash fails for another version with the row",
    given: [workflow],
    guard: { guard: "workflowHash", tenantId: "default", workflowId: "flow", hash: "h0" },
    fails: { existing: aWorkflow("flow") },
  },
  {
    name: "workflowHash null holds where there is no such workflow",
    guard: { guard: "workflowHash", tenantId: "default", workflowId: "flow", hash: null },
  },
  {
    name: "workflowHash null fails where there is one",
    given: [workflow],
    guard: { guard: "workflowHash", tenantId: "default", workflowId: "flow", hash: null },
    fails: { existing: aWorkflow("flow") },
  },
  {
    name: "workflowHash fails where there is none",
    guard: { guard: "workflowHash", tenantId: "default", workflowId: "flow", hash: "h1" },
    fails: { existing: undefined },
  },
];

export function guardContract(open: OpenStore): void {
  const itStores = stores(open);
  for (const { name, given = [], guard, fails } of cases) {
    itStores(name, async (store) => {
      await write(store, ...given);
      const outcome = await ask(store, guard);
      if (!fails) assert.equal(outcome.outcome, "committed");
      else assert.deepEqual(outcome, { outcome: "guard_failed", guard, existing: fails.existing as Json });
    });
  }
}
