// Every change of rows that is not about threads, and the read that shows it.

import assert from "node:assert/strict";
import type { EffectState, InterruptRow, OutboxState, RunRow } from "#ports/rows.ts";
import {
  anApiKey,
  anEffect,
  anInterrupt,
  anOutboxRow,
  aReceipt,
  aRun,
  aWorkflow,
  insertRun,
  type OpenStore,
  putEffect,
  putInterrupt,
  putOutbox,
  putTimer,
  stores,
  write,
} from "./store-builders.ts";

/** With every optional member. */
const fullRun: RunRow = {
  start: {
    ...aRun("run_1").start,
    inputs: { text: "ä\n\u2028", n: 1.5, deep: { list: [null, true] } },
    configurable: { model: "fast" },
    tags: ["a", "b", "a"],
    metadata: { by: "test" },
    owner: { tenant: "default", workspace: "w", principal: "p" },
    callbackUrl: "http://127.0.0.1:1/x",
    scopeId: "scope",
    forcedEngineVersion: 2,
    turn: { threadId: "t", messageId: "m" },
    agent: { agentId: "host:assistant", name: "Assistant" },
  },
  status: "failed",
  lastSequence: 7,
  startedMs: 1_001,
  endedMs: 1_002,
  currentNodeId: "ask",
  error: { code: "effect_failed", message: "no", details: { at: "x" }, retryable: false },
  usage: { inputTokens: 1, outputTokens: 2, costUsd: 0.003, provider: "p", model: "m" },
  unfinished: true,
};

const fullInterrupt: InterruptRow = anInterrupt("int_1", {
  resumeSchema: { type: "object" },
  timeoutMs: 500,
  deadlineMs: 1_500,
  threadId: "t",
  authRequired: true,
});

export function rowContract(open: OpenStore): void {
  runRows(open);
  definitionRows(open);
  interruptRows(open);
  effectRows(open);
  timerRows(open);
  outboxRows(open);
  otherRows(open);
}

function runRows(open: OpenStore): void {
  const itStores = stores(open);

  itStores("insertRun keeps every member", async (store) => {
    await write(store, { op: "insertRun", run: fullRun }, insertRun("run_2"));
    assert.deepEqual(await store.readRun("run_1"), fullRun);
    assert.deepEqual(await store.readRun("run_2"), aRun("run_2"));
    assert.equal(await store.readRun("run_3"), undefined);
  });

  itStores(
    "updateRun puts the patch in the place of all that is not the start: what it leaves out is gone",
    async (store) => {
      await write(store, { op: "insertRun", run: fullRun });
      const patch = { status: "running", lastSequence: 9, startedMs: 1_001, unfinished: false } as const;
      await write(store, { op: "updateRun", runId: "run_1", patch });
      assert.deepEqual(await store.readRun("run_1"), { start: fullRun.start, ...patch });
    },
  );

  itStores("endRun removes timers and open effects and settles open interrupts, of this run only", async (store) => {
    await write(
      store,
      putTimer({ runId: "run_1", dueMs: 1 }),
      putTimer({ runId: "run_1", dueMs: 2, purpose: "run-timeout", nodeId: "" }),
      putTimer({ runId: "run_2", dueMs: 3 }),
      putEffect("eff_1"),
      putEffect("eff_2", { state: "started" }),
      putEffect("eff_3", { state: "done" }),
      putEffect("eff_4", { runId: "run_2" }),
      putInterrupt("int_1"),
      putInterrupt("int_2", { status: "resolved", settledMs: 5, settledBy: "anna" }),
      putInterrupt("int_3", { runId: "run_2" }),
    );
    await write(store, { op: "endRun", runId: "run_1", interrupts: "gone", atMs: 9 });
    assert.deepEqual(
      (await store.listDueTimers(100, 10)).map((timer) => timer.runId),
      ["run_2"],
    );
    assert.deepEqual(
      (await store.listOpenEffects(10)).map((effect) => effect.effectId),
      ["eff_4"],
    );
    assert.equal((await store.readEffect("eff_3"))?.state, "done");
    assert.deepEqual(await store.readInterrupt("int_1"), anInterrupt("int_1", { status: "gone", settledMs: 9 }));
    assert.equal((await store.readInterrupt("int_2"))?.status, "resolved");
    assert.equal((await store.readInterrupt("int_3"))?.status, "open");
  });
}

function definitionRows(open: OpenStore): void {
  const itStores = stores(open);

  itStores("putDefinition keeps the text; the same hash again changes nothing", async (store) => {
    await write(store, { op: "putDefinition", hash: "h", json: '{"id": "a"}' });
    await write(store, { op: "putDefinition", hash: "h", json: "{}" });
    assert.equal(await store.readDefinition("h"), '{"id": "a"}');
    assert.equal(await store.readDefinition("other"), undefined);
  });

  itStores(
    "putWorkflow replaces the current version, deleteWorkflow forgets it, the definition stays",
    async (store) => {
      await write(
        store,
        { op: "putDefinition", hash: "h1", json: "{}" },
        { op: "putWorkflow", workflow: aWorkflow("flow") },
      );
      const next = aWorkflow("flow", { version: "2", hash: "h2", origin: "file", updatedMs: 2_000 });
      await write(store, { op: "putWorkflow", workflow: next });
      assert.deepEqual(await store.readWorkflow("default", "flow"), next);
      assert.equal(await store.readWorkflow("other", "flow"), undefined);
      await write(store, { op: "deleteWorkflow", tenantId: "default", workflowId: "flow" });
      assert.equal(await store.readWorkflow("default", "flow"), undefined);
      assert.equal(await store.readDefinition("h1"), "{}");
    },
  );
}

function interruptRows(open: OpenStore): void {
  const itStores = stores(open);

  itStores("putInterrupt keeps every member and replaces the row of the same id", async (store) => {
    await write(store, { op: "putInterrupt", interrupt: fullInterrupt });
    assert.deepEqual(await store.readInterrupt("int_1"), fullInterrupt);
    await write(store, putInterrupt("int_1", { data: { prompt: "again?" } }));
    assert.deepEqual(await store.readInterrupt("int_1"), anInterrupt("int_1", { data: { prompt: "again?" } }));
  });

  itStores("settleInterrupt settles an open one, and the first to settle it stays", async (store) => {
    await write(store, { op: "putInterrupt", interrupt: fullInterrupt });
    const settle = { op: "settleInterrupt", interruptId: "int_1", tenantId: "default" } as const;
    await write(store, { ...settle, status: "resolved", atMs: 7, by: "anna", threadId: "t" });
    await write(store, { ...settle, status: "expired", atMs: 8 });
    const resolved = { ...fullInterrupt, status: "resolved", settledMs: 7, settledBy: "anna" };
    assert.deepEqual(await store.readInterrupt("int_1"), resolved);
  });

  itStores("findInterrupt gives the newest of a node, open or settled", async (store) => {
    await write(
      store,
      putInterrupt("int_1", { requestedMs: 5 }),
      putInterrupt("int_3", { requestedMs: 9, status: "expired" }),
      putInterrupt("int_2", { requestedMs: 9 }),
      putInterrupt("int_4", { requestedMs: 99, nodeId: "other" }),
      putInterrupt("int_5", { requestedMs: 99, runId: "run_2" }),
    );
    assert.equal((await store.findInterrupt("run_1", "ask"))?.interruptId, "int_3");
    assert.equal(await store.findInterrupt("run_1", "nobody"), undefined);
  });
}

function effectRows(open: OpenStore): void {
  const itStores = stores(open);

  itStores("putEffect keeps every member; a later attempt replaces the row", async (store) => {
    await write(store, putEffect("eff_1"));
    assert.deepEqual(await store.readEffect("eff_1"), anEffect("eff_1"));
    await write(store, { op: "settleEffect", effectId: "eff_1", state: "done" });
    await write(store, putEffect("eff_1", { attempt: 1, class: "unkeyed" }));
    assert.deepEqual(await store.readEffect("eff_1"), anEffect("eff_1", { attempt: 1, class: "unkeyed" }));
    assert.equal(await store.readEffect("eff_2"), undefined);
  });

  for (const { from, start, settle } of [
    { from: "planned", start: "started", settle: "unknown" },
    { from: "started", start: "started", settle: "unknown" },
    { from: "done", start: "done", settle: "done" },
    { from: "unknown", start: "unknown", settle: "unknown" },
  ] satisfies { from: EffectState; start: EffectState; settle: EffectState }[]) {
    itStores(`startEffect leads from ${from} to ${start}, settleEffect to ${settle}`, async (store) => {
      await write(store, putEffect("eff_1", { state: from }), putEffect("eff_2", { state: from }));
      await write(
        store,
        { op: "startEffect", effectId: "eff_1" },
        { op: "settleEffect", effectId: "eff_2", state: "unknown" },
        { op: "startEffect", effectId: "nobody" },
        { op: "settleEffect", effectId: "nobody", state: "done" },
      );
      assert.equal((await store.readEffect("eff_1"))?.state, start);
      assert.equal((await store.readEffect("eff_2"))?.state, settle);
    });
  }
}

function timerRows(open: OpenStore): void {
  const itStores = stores(open);

  itStores("putTimer moves the timer of the same run, purpose and node", async (store) => {
    await write(store, putTimer({ runId: "run_1", dueMs: 5 }));
    await write(store, putTimer({ runId: "run_1", dueMs: 9, attempt: 2 }));
    const timer = { runId: "run_1", purpose: "delay", nodeId: "wait", attempt: 2, dueMs: 9 };
    assert.deepEqual(await store.listDueTimers(100, 10), [timer]);
  });

  itStores("deleteTimer removes exactly one; one that is not there does not matter", async (store) => {
    await write(store, putTimer({ runId: "run_1", dueMs: 5 }), putTimer({ runId: "run_1", dueMs: 6, nodeId: "other" }));
    const remove = { op: "deleteTimer", runId: "run_1", purpose: "delay", nodeId: "wait" } as const;
    await write(store, remove);
    await write(store, remove);
    assert.deepEqual(
      (await store.listDueTimers(100, 10)).map((timer) => timer.nodeId),
      ["other"],
    );
  });
}

function outboxRows(open: OpenStore): void {
  const itStores = stores(open);

  itStores("putOutbox keeps every member", async (store) => {
    const full = anOutboxRow("obx_1", { platformMessageId: "p1", lastError: "e", repeatable: false, attempts: 2 });
    await write(store, { op: "putOutbox", row: full }, putOutbox("obx_2"));
    assert.deepEqual(await store.readOutbox("obx_1"), full);
    assert.deepEqual(await store.readOutbox("obx_2"), anOutboxRow("obx_2"));
    assert.equal(await store.readOutbox("obx_3"), undefined);
  });

  itStores(
    "settleOutbox records an attempt; an error and a platform id stay until there are newer ones",
    async (store) => {
      await write(store, putOutbox("obx_1"));
      const settle = (state: OutboxState, attempts: number, more: object = {}) =>
        write(store, { op: "settleOutbox", outboxId: "obx_1", state, attempts, dueMs: 5_000, ...more });
      await settle("queued", 1, { lastError: "refused" });
      const once = anOutboxRow("obx_1", { attempts: 1, dueMs: 5_000, lastError: "refused" });
      assert.deepEqual(await store.readOutbox("obx_1"), once);
      await settle("sent", 2, { platformMessageId: "p1" });
      const sent = { ...once, state: "sent" as const, attempts: 2, platformMessageId: "p1" };
      assert.deepEqual(await store.readOutbox("obx_1"), sent);
      await write(store, { op: "settleOutbox", outboxId: "nobody", state: "sent", attempts: 1, dueMs: 1 });
      assert.equal(await store.readOutbox("nobody"), undefined);
    },
  );
}

function otherRows(open: OpenStore): void {
  const itStores = stores(open);

  itStores("putContent keeps the text, byte for byte; the same id again replaces it", async (store) => {
    const put = (body: string) =>
      write(store, { op: "putContent", contentId: "c", runId: "run_1", sha256: "0".repeat(64), body });
    for (const body of ["", "line\nline\r\n\u0000\u2028 ä 👋", "x".repeat(300_000)]) {
      await put(body);
      assert.equal(await store.readContent("c"), body);
    }
    assert.equal(await store.readContent("other"), undefined);
  });

  itStores("claimDedup keeps any JSON value per scope and key", async (store) => {
    const values = { a: null, b: { messageId: "m", runId: "r" }, c: [1, "x"], d: "text" };
    await write(
      store,
      ...Object.entries(values).map(([key, value]) => ({ op: "claimDedup" as const, scope: "s", key, value, atMs: 1 })),
    );
    for (const [key, value] of Object.entries(values)) assert.deepEqual(await store.readDedup("s", key), value);
    assert.equal(await store.readDedup("other", "a"), undefined);
  });

  itStores("putReceipt keeps the answer until it expires and may replace it", async (store) => {
    await write(store, { op: "putReceipt", receipt: aReceipt("hash") });
    assert.deepEqual(await store.readReceipt("hash", 9_999), aReceipt("hash"));
    assert.equal(await store.readReceipt("hash", 10_000), undefined);
    assert.equal(await store.readReceipt("other", 0), undefined);
    const next = aReceipt("hash", { status: 409, body: "{}", headers: {}, expiresMs: 30_000 });
    await write(store, { op: "putReceipt", receipt: next });
    assert.deepEqual(await store.readReceipt("hash", 10_000), next);
    assert.deepEqual(await store.readReceipt("hash", 1), next);
  });

  itStores("putApiKey and revokeApiKey; the first revocation stays", async (store) => {
    const full = anApiKey("key_1", { mode: "test", expiresMs: 99, scopes: [] });
    await write(store, { op: "putApiKey", key: full }, { op: "putApiKey", key: anApiKey("key_2") });
    assert.deepEqual(await store.readApiKey("key_1"), full);
    await write(store, { op: "revokeApiKey", keyId: "key_1", atMs: 5 }, { op: "revokeApiKey", keyId: "no", atMs: 5 });
    await write(store, { op: "revokeApiKey", keyId: "key_1", atMs: 9 });
    assert.deepEqual(await store.readApiKey("key_1"), { ...full, revokedMs: 5 });
    assert.deepEqual(await store.readApiKey("key_2"), anApiKey("key_2"));
    assert.equal(await store.readApiKey("no"), undefined);
  });

  itStores("putSecret keeps and replaces a value", async (store) => {
    await write(store, { op: "putSecret", name: "signing", value: "one" });
    await write(store, { op: "putSecret", name: "signing", value: "two" });
    assert.equal(await store.readSecret("signing"), "two");
    assert.equal(await store.readSecret("other"), undefined);
  });
}
