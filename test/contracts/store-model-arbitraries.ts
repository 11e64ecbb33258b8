// Random commits for the model test: small pools of names, so that commits meet.

import fc from "fast-check";
import type { Guard, RowOp } from "#ports/rows.ts";
import { runStatuses } from "#protocol/status.ts";
import { aMessage, anApiKey, anEffect, anInterrupt, anOutboxRow, aReceipt, aRun, aWorkflow } from "./store-builders.ts";
import { runControlArbitraries, runControlGuards } from "./store-run-control-model.ts";
import { timeArbitraries, timeGuards } from "./store-time-model.ts";
import { webhookArbitraries } from "./store-webhooks-model.ts";

export const pools = {
  tenant: ["default", "other"],
  run: ["run_1", "run_2", "run_3", "run_4"],
  thread: ["t1", "t2"],
  message: ["msg_1", "msg_2", "msg_3", "msg_4", "msg_5"],
  workflow: ["flow_a", "flow_b"],
  interrupt: ["int_1", "int_2", "int_3"],
  effect: ["eff_1", "eff_2", "eff_3"],
  node: ["ask", "call"],
  outbox: ["obx_1", "obx_2", "obx_3", "obx_4"],
  destination: ["d1", "d2"],
  key: ["k1", "k2"],
  hash: ["h1", "h2"],
  tag: ["x", "y"],
} as const;

const from = <K extends keyof typeof pools>(name: K) => fc.constantFrom(...pools[name]);
const tenantId = fc.oneof({ weight: 4, arbitrary: fc.constant("default") }, { weight: 1, arbitrary: from("tenant") });
const ms = fc.integer({ min: 1, max: 30 });
const text = fc.constantFrom("", "hello", "two\nlines", "ä👋");
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const lane = { tenantId, threadId: from("thread") };

/** Members that came out undefined are left out. */
function defined<T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<never> {
  return arbitrary.map((value) => {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members) as never;
  });
}

const runState = defined(
  fc.record({
    status: fc.constantFrom(...runStatuses),
    lastSequence: fc.integer({ min: -1, max: 9 }),
    startedMs: maybe(ms),
    currentNodeId: maybe(from("node")),
    error: maybe(fc.constant({ code: "effect_failed", message: "no" })),
    usage: maybe(fc.constant({ inputTokens: 1, outputTokens: 2 })),
    unfinished: fc.boolean(),
  }),
);

const ops: { [K in RowOp["op"]]: fc.Arbitrary<Extract<RowOp, { op: K }>> } = {
  insertRun: fc
    .record({
      runId: from("run"),
      tenantId,
      workflowId: from("workflow"),
      tags: fc.array(from("tag")),
      state: runState,
    })
    .map(({ runId, state, ...start }) => ({ op: "insertRun", run: aRun(runId, { start, ...(state as object) }) })),
  updateRun: fc.record({ op: fc.constant("updateRun"), runId: from("run"), patch: runState }),
  endRun: fc.record({
    op: fc.constant("endRun"),
    runId: from("run"),
    interrupts: fc.constantFrom("cancelled", "gone"),
    atMs: ms,
  }),
  putDefinition: fc.record({ op: fc.constant("putDefinition"), hash: from("hash"), json: fc.constantFrom("{}", "[]") }),
  putWorkflow: fc
    .record({ tenantId, workflowId: from("workflow"), hash: from("hash") })
    .map(({ workflowId, ...parts }) => ({ op: "putWorkflow", workflow: aWorkflow(workflowId, parts) })),
  deleteWorkflow: fc.record({ op: fc.constant("deleteWorkflow"), tenantId, workflowId: from("workflow") }),
  putInterrupt: defined(
    fc.record({
      runId: from("run"),
      tenantId,
      nodeId: from("node"),
      requestedMs: ms,
      deadlineMs: maybe(ms),
      threadId: maybe(from("thread")),
      status: fc.constantFrom("open", "open", "open", "expired"),
      authRequired: fc.boolean(),
    }),
  ).chain((parts) =>
    from("interrupt").map((id) => ({ op: "putInterrupt" as const, interrupt: anInterrupt(id, parts) })),
  ),
  settleInterrupt: defined(
    fc.record({
      op: fc.constant("settleInterrupt"),
      interruptId: from("interrupt"),
      tenantId,
      status: fc.constantFrom("resolved", "expired"),
      atMs: ms,
      by: maybe(fc.constant("anna")),
    }),
  ),
  amendInterrupt: fc.record({
    op: fc.constant("amendInterrupt"),
    interruptId: from("interrupt"),
    data: fc.record({ title: fc.string() }),
  }),
  putEffect: fc
    .record({
      id: from("effect"),
      runId: from("run"),
      state: fc.constantFrom("planned", "started", "done"),
      attempt: ms,
    })
    .map(({ id, ...parts }) => ({ op: "putEffect", effect: anEffect(id, parts) })),
  startEffect: fc.record({ op: fc.constant("startEffect"), effectId: from("effect") }),
  settleEffect: fc.record({
    op: fc.constant("settleEffect"),
    effectId: from("effect"),
    state: fc.constantFrom("done", "unknown"),
  }),
  putTimer: fc
    .record({
      runId: from("run"),
      purpose: fc.constantFrom("delay", "retry", "run-timeout"),
      nodeId: fc.constantFrom("", "ask"),
      attempt: ms,
      dueMs: ms,
    })
    .map((timer) => ({ op: "putTimer", timer })),
  deleteTimer: fc.record({
    op: fc.constant("deleteTimer"),
    runId: from("run"),
    purpose: fc.constantFrom("delay", "retry", "run-timeout"),
    nodeId: fc.constantFrom("", "ask"),
  }),
  putContent: fc
    .record({ op: fc.constant("putContent"), id: from("message"), runId: from("run"), body: text })
    .map(({ id, ...rest }) => ({ ...rest, op: "putContent", contentId: `body:${id}`, sha256: "0" })),
  insertMessage: defined(fc.record({ ...lane, id: from("message"), atMs: ms, title: maybe(text) })).map(
    ({ id, title, ...parts }: { id: string; title?: string }) => ({
      op: "insertMessage" as const,
      message: aMessage(id, parts),
      channel: "web",
      ...(title !== undefined && { title }),
    }),
  ),
  claimLane: fc.record({ op: fc.constant("claimLane"), ...lane, runId: from("run") }),
  queueOnLane: fc.record({ op: fc.constant("queueOnLane"), ...lane, runId: from("run") }),
  releaseLane: fc.record({ op: fc.constant("releaseLane"), ...lane, runId: from("run") }),
  putOutbox: fc
    .record({
      id: from("outbox"),
      destination: from("destination"),
      state: fc.constantFrom("queued", "queued", "sending", "sent"),
      dueMs: ms,
    })
    .map(({ id, ...parts }) => ({ op: "putOutbox", row: anOutboxRow(id, parts) })),
  settleOutbox: defined(
    fc.record({
      op: fc.constant("settleOutbox"),
      outboxId: from("outbox"),
      state: fc.constantFrom("queued", "sending", "sent", "unknown", "dead"),
      attempts: ms,
      dueMs: ms,
      platformMessageId: maybe(fc.constant("p1")),
      lastError: maybe(text),
    }),
  ),
  claimDedup: fc.record({
    op: fc.constant("claimDedup"),
    scope: from("key"),
    key: from("key"),
    value: fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value))),
    atMs: ms,
  }),
  putReceipt: fc
    .record({ key: from("key"), expiresMs: ms, body: text })
    .map(({ key, ...parts }) => ({ op: "putReceipt", receipt: aReceipt(key, parts) })),
  putApiKey: fc
    .record({ key: from("key"), tenantId, mode: fc.constantFrom("live", "test") })
    .map(({ key, ...parts }) => ({ op: "putApiKey", key: anApiKey(key, parts) })),
  revokeApiKey: fc.record({ op: fc.constant("revokeApiKey"), keyId: from("key"), atMs: ms }),
  putSecret: fc.record({ op: fc.constant("putSecret"), name: from("key"), value: text }),
  ...webhookArbitraries,
  ...timeArbitraries,
  ...runControlArbitraries,
};

const guards: { [K in Guard["guard"]]: fc.Arbitrary<Extract<Guard, { guard: K }>> } = {
  ...timeGuards,
  ...runControlGuards,
  dedupAbsent: fc.record({ guard: fc.constant("dedupAbsent"), scope: from("key"), key: from("key") }),
  receiptAbsent: fc.record({ guard: fc.constant("receiptAbsent"), keyHash: from("key"), nowMs: ms }),
  runAbsent: fc.record({ guard: fc.constant("runAbsent"), runId: from("run") }),
  interruptOpen: fc.record({ guard: fc.constant("interruptOpen"), interruptId: from("interrupt") }),
  effectState: fc.record({
    guard: fc.constant("effectState"),
    effectId: from("effect"),
    states: fc.subarray(["planned", "started", "done", "unknown"]),
  }),
  outboxState: fc.record({
    guard: fc.constant("outboxState"),
    outboxId: from("outbox"),
    states: fc.subarray(["queued", "sending", "sent", "unknown", "dead"]),
  }),
  laneFree: fc.record({ guard: fc.constant("laneFree"), ...lane }),
  laneBusy: fc.record({ guard: fc.constant("laneBusy"), ...lane }),
  secretAbsent: fc.record({ guard: fc.constant("secretAbsent"), name: from("key") }),
  workflowHash: fc.record({
    guard: fc.constant("workflowHash"),
    tenantId,
    workflowId: from("workflow"),
    hash: fc.option(from("hash")),
  }),
};

/** A commit before its id and its sequences are known. */
export interface CommitPlan {
  /** Takes the id of this earlier commit, when there is one. */
  repeats: number | undefined;
  guards: Guard[];
  /** `off`: how far the expected sequence is from the right one. */
  appends: { stream: string; off: number; count: number }[];
  rows: RowOp[];
}

const often = <T>(value: T, ...others: T[]) =>
  fc.oneof({ weight: 10, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const plan: fc.Arbitrary<CommitPlan> = fc.record({
  repeats: fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat({ max: 20 }) }),
  guards: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.oneof(...Object.values(guards)), { maxLength: 2 }) },
  ) as fc.Arbitrary<Guard[]>,
  appends: fc.array(fc.record({ stream: from("run"), off: often(0, -1, 1), count: fc.integer({ min: 0, max: 3 }) }), {
    maxLength: 2,
  }),
  rows: fc.array(fc.oneof(...(Object.values(ops) as fc.Arbitrary<RowOp>[])), { maxLength: 4 }),
});

/** Turns: the commits of one turn are called without waiting for each other. */
export const turns: fc.Arbitrary<CommitPlan[][]> = fc.array(fc.array(plan, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 25,
});
