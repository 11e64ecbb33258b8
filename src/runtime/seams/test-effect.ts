// Test seam: a node whose effect is a POST to a loopback receiver, so that the crash suite can count what really
// happened outside. Registered only with PARLEY_TEST_SEAMS=1, which is refused on any bind but loopback.

import type { NodeType } from "#engine/node-type.ts";
import type { EffectHandler, EffectResult } from "#ports/effects.ts";
import type { EffectClass, EffectRow } from "#ports/rows.ts";
import Type from "#protocol/type.ts";
import { LOOPBACK, post } from "./loopback-post.ts";

const TYPE_ID = "local.parley.testEffect";
const EFFECT_KIND = "test-post";

export const testEffectNode: NodeType = {
  typeId: TYPE_ID,
  effectful: true,
  config: Type.Object({
    url: Type.String({ pattern: LOOPBACK.source }),
    class: Type.Union([Type.Literal("read"), Type.Literal("keyed"), Type.Literal("unkeyed")]),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000 })),
  }),
  restartable: (config) => config.class !== "unkeyed",
  effectClass: (config) => config.class as EffectClass,
  start: ({ config }) => ({
    kind: "wait",
    effects: [
      {
        kind: EFFECT_KIND,
        class: config.class as EffectClass,
        providerKey: TYPE_ID,
        ordinal: 0,
        request: { url: config.url as string },
        timeoutMs: (config.timeoutMs as number | undefined) ?? 10_000,
      },
    ],
  }),
  onEffect: (_context, result) => {
    switch (result.outcome) {
      case "done":
        return { kind: "complete", outputs: { output: result.value } };
      case "failed":
        return { kind: "fail", error: result.error };
      case "interrupted":
        return {
          kind: "fail",
          error: { code: "interrupted", message: "The effect was begun and its outcome was never seen." },
        };
    }
  },
};

export function createTestEffectHandler(): EffectHandler {
  return {
    kind: EFFECT_KIND,
    perform,
  };
}

async function perform(effect: EffectRow, signal: AbortSignal): Promise<EffectResult> {
  const { effectId, runId, nodeId, attempt } = effect;
  const posted = await post(effect.request.url as string, effectId, { effectId, runId, nodeId, attempt }, signal);
  if (posted.outcome === "done") return posted;
  return effect.class === "unkeyed" && !posted.certain ? { outcome: "interrupted" } : failed(posted.message);
}

function failed(message: string): EffectResult {
  return { outcome: "failed", error: { code: "effect_failed", message, retryable: true } };
}
