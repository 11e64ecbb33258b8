// Pauses, scopes and annotations in the model test: random changes, and what every read says after them.

import fc from "fast-check";
import type { AnnotationOp } from "#ports/rows/annotations.ts";
import type { ClaimOp, ScopeGuard } from "#ports/rows/claims.ts";
import type { PauseOp } from "#ports/rows/pause.ts";
import type { Store } from "#ports/store.ts";
import { anAnnotation } from "./store-run-control.ts";

const runs = ["run_1", "run_2", "run_3", "run_4"] as const;
const runId = fc.constantFrom(...runs);
const scope = { tenantId: fc.constantFrom("default", "other"), scopeId: fc.constantFrom("s1", "s2") };
const ms = fc.integer({ min: 1, max: 30 });

type RunControlOp = PauseOp | ClaimOp | AnnotationOp;

export const runControlArbitraries: { [K in RunControlOp["op"]]: fc.Arbitrary<Extract<RunControlOp, { op: K }>> } = {
  holdTimers: fc.record({ op: fc.constant("holdTimers"), runId }),
  releaseTimers: fc.record({ op: fc.constant("releaseTimers"), runId, pausedMs: ms }),
  keepEffectResult: fc.record({
    op: fc.constant("keepEffectResult"),
    effectId: fc.constantFrom("eff_1", "eff_2", "eff_3"),
    result: fc.record({ n: ms }),
  }),
  dropEffects: fc.record({ op: fc.constant("dropEffects"), runId, nodeId: fc.constantFrom("call", "ask") }),
  claimScope: fc.record({ op: fc.constant("claimScope"), ...scope, runId }),
  releaseScope: fc.record({ op: fc.constant("releaseScope"), ...scope, runId }),
  putAnnotation: fc
    .record({ id: fc.constantFrom("ann_1", "ann_2", "ann_3"), runId, note: fc.constantFrom("", "ä👋") })
    .map(({ id, ...parts }) => ({ op: "putAnnotation", annotation: anAnnotation(id, parts) })),
};

export const runControlGuards: { scopeFree: fc.Arbitrary<ScopeGuard> } = {
  scopeFree: fc.record({ guard: fc.constant("scopeFree"), ...scope }),
};

export async function runControlContents(store: Store): Promise<unknown> {
  return Promise.all(runs.map((run) => store.listAnnotations(run, 10)));
}
