// Held timers, kept results, scopes of active runs, annotations.

import assert from "node:assert/strict";
import type { AnnotationRow } from "#ports/rows/annotations.ts";
import type { Store } from "#ports/store.ts";
import { aCommit, type OpenStore, putEffect, putTimer, stores, write } from "./store-builders.ts";

export function runControlContract(open: OpenStore): void {
  const itStores = stores(open);
  const due = async (store: Store) =>
    (await store.listDueTimers(1_000, 10)).map(({ runId, purpose, dueMs }) => [runId, purpose, dueMs]);

  itStores("held timers are not due, those of other runs are", async (store) => {
    await write(store, putTimer({ runId: "run_1", dueMs: 10 }), putTimer({ runId: "run_2", dueMs: 20 }));
    await write(store, { op: "holdTimers", runId: "run_1" });
    assert.deepEqual(
      (await store.listDueTimers(1_000, 10)).map(({ runId }) => runId),
      ["run_2"],
    );
    assert.equal(await store.nextTimerDueMs(), 20);
    const [held, free] = await store.listTimers(10);
    assert.deepEqual([held?.held, free?.held], [true, undefined]);
  });

  itStores("released timers are due again; those that measure work move by the pause", async (store) => {
    for (const purpose of ["delay", "retry", "node-timeout", "run-timeout", "interrupt-timeout"] as const) {
      await write(store, putTimer({ runId: "run_1", purpose, dueMs: 10 }));
    }
    await write(store, { op: "holdTimers", runId: "run_1" });
    await write(store, { op: "releaseTimers", runId: "run_1", pausedMs: 100 });
    assert.deepEqual(await due(store), [
      ["run_1", "delay", 10],
      ["run_1", "interrupt-timeout", 10],
      ["run_1", "retry", 10],
      ["run_1", "node-timeout", 110],
      ["run_1", "run-timeout", 110],
    ]);
    await write(store, { op: "releaseTimers", runId: "run_1", pausedMs: 100 });
    assert.equal((await due(store)).at(-1)?.[2], 110, "what is not held does not move");
  });

  itStores("a timer that is set anew is not held", async (store) => {
    await write(store, putTimer({ runId: "run_1", dueMs: 10 }), { op: "holdTimers", runId: "run_1" });
    await write(store, putTimer({ runId: "run_1", dueMs: 30 }));
    assert.equal(await store.nextTimerDueMs(), 30);
  });

  itStores("a kept result stands in the open effect, and a new plan has none", async (store) => {
    const result = { outcome: "done", value: { n: 1 } };
    await write(store, putEffect("eff_1", { state: "started" }), putEffect("eff_2", { state: "done" }));
    for (const effectId of ["eff_1", "eff_2", "eff_9"])
      await write(store, { op: "keepEffectResult", effectId, result });
    assert.deepEqual(
      (await store.listOpenEffects(10)).map((effect) => [effect.effectId, effect.result]),
      [["eff_1", result]],
    );
    assert.equal((await store.readEffect("eff_2"))?.result, undefined);
    await write(store, putEffect("eff_1"));
    assert.equal((await store.readEffect("eff_1"))?.result, undefined);
  });

  itStores("dropped effects are gone: the open ones of that node", async (store) => {
    await write(
      store,
      putEffect("eff_1", { nodeId: "a" }),
      putEffect("eff_2", { nodeId: "a", state: "done" }),
      putEffect("eff_3", { nodeId: "b" }),
      putEffect("eff_4", { nodeId: "a", runId: "run_2" }),
    );
    await write(store, { op: "dropEffects", runId: "run_1", nodeId: "a" });
    const left = await Promise.all([1, 2, 3, 4].map((n) => store.readEffect(`eff_${n}`)));
    assert.deepEqual(
      left.map((effect) => effect?.effectId),
      [undefined, "eff_2", "eff_3", "eff_4"],
    );
  });

  const scope = { tenantId: "default", scopeId: "s" };
  const ask = async (store: Store, scopeId = "s") => {
    const guard = { guard: "scopeFree", tenantId: "default", scopeId } as const;
    const outcome = await store.commit(aCommit({ guards: [guard] }));
    return outcome.outcome === "guard_failed" ? outcome.existing : outcome.outcome;
  };

  itStores("a scope is free when no run of it is active, and names the oldest that is", async (store) => {
    assert.equal(await ask(store), "committed");
    await write(store, { op: "claimScope", ...scope, runId: "run_2" }, { op: "claimScope", ...scope, runId: "run_1" });
    await write(store, { op: "claimScope", ...scope, runId: "run_1" });
    assert.deepEqual(await ask(store), { runId: "run_1" });
    assert.equal(await ask(store, "other"), "committed");
    await write(store, { op: "releaseScope", ...scope, runId: "run_1" });
    assert.deepEqual(await ask(store), { runId: "run_2" });
    await write(
      store,
      { op: "releaseScope", ...scope, runId: "run_2" },
      { op: "releaseScope", ...scope, runId: "run_9" },
    );
    assert.equal(await ask(store), "committed");
  });

  itStores("annotations of a run come oldest first, as they were put, and last", async (store, { reopen }) => {
    const whole = anAnnotation("ann_1", { eventId: "evt_1", nodeId: "a", note: "two\nlines" });
    const plain = anAnnotation("ann_2", { signal: { kind: "flag" } });
    await write(store, ...[plain, whole].map((annotation) => ({ op: "putAnnotation", annotation }) as const));
    await write(store, { op: "putAnnotation", annotation: anAnnotation("ann_3", { runId: "run_2" }) });
    assert.deepEqual(await store.listAnnotations("run_1", 10), [whole, plain]);
    assert.deepEqual(await store.listAnnotations("run_1", 1), [whole]);
    assert.deepEqual(await store.listAnnotations("run_9", 10), []);
    if (reopen) assert.deepEqual(await (await reopen()).listAnnotations("run_1", 10), [whole, plain]);
  });

  itStores(
    "no registered secret stands in an annotation or in a kept result",
    async (store) => {
      const annotation = anAnnotation("ann_1", {
        note: "it is hunter22",
        signal: { kind: "label", label: "hunter22" },
      });
      await write(store, { op: "putAnnotation", annotation }, putEffect("eff_1"));
      await write(store, { op: "keepEffectResult", effectId: "eff_1", result: { value: "hunter22" } });
      const shown = [await store.listAnnotations("run_1", 10), await store.readEffect("eff_1")];
      assert.ok(!JSON.stringify(shown).includes("hunter22"));
    },
    { mask: (text) => text.replaceAll("hunter22", "[REDACTED:test]") },
  );
}

export function anAnnotation(annotationId: string, parts: Partial<AnnotationRow> = {}): AnnotationRow {
  return {
    annotationId,
    runId: "run_1",
    tenantId: "default",
    signal: { kind: "rating", rating: 4 },
    principalRef: "operator",
    createdMs: 5,
    ...parts,
  };
}
