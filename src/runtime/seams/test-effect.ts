// Test seam: a node whose effect is a POST to a loopback receiver, so that the crash suite can count what really
// happened outside. Registered only with PARLEY_TEST_SEAMS=1, which is refused on any bind but loopback.

import { request } from "node:http";
import type { NodeType } from "#engine/node-type.ts";
import type { EffectHandler, EffectResult } from "#ports/effects.ts";
import type { EffectClass, EffectRow } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import Type from "#protocol/type.ts";

const TYPE_ID = "local.parley.testEffect";
const EFFECT_KIND = "test-post";
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\//;

export const testEffectNode: NodeType = {
  typeId: TYPE_ID,
  effectful: true,
  config: Type.Object({
    url: Type.String({ pattern: LOOPBACK.source }),
    class: Type.Union([Type.Literal("read"), Type.Literal("keyed"), Type.Literal("unkeyed")]),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000 })),
  }),
  effectClass: (config) => config.class as EffectClass,
  start: ({ config }) => ({
    kind: "effect",
    effect: {
      kind: EFFECT_KIND,
      class: config.class as EffectClass,
      providerKey: TYPE_ID,
      ordinal: 0,
      request: { url: config.url as string },
      timeoutMs: (config.timeoutMs as number | undefined) ?? 10_000,
    },
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
    perform: (effect, signal) => post(effect, signal),
  };
}

function post(effect: EffectRow, signal: AbortSignal): Promise<EffectResult> {
  const { effectId, runId, nodeId, attempt } = effect;
  const body = JSON.stringify({ effectId, runId, nodeId, attempt });
  const headers = { "content-type": "application/json", "idempotency-key": effectId };
  return new Promise((resolve, reject) => {
    const lost = (error: Error & { code?: string }) => {
      if (signal.aborted) return reject(error);
      // A refused connection never reached anybody; anything later may have.
      const certain = error.code === "ECONNREFUSED";
      if (effect.class === "unkeyed" && !certain) return resolve({ outcome: "interrupted" });
      resolve(failed(error.message));
    };
    const outgoing = request(effect.request.url as string, { method: "POST", headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", lost);
      response.on("end", () => {
        if (!response.complete) return lost(new Error("the answer broke off"));
        if ((response.statusCode ?? 500) >= 300) return resolve(failed(`the receiver answered ${response.statusCode}`));
        resolve({ outcome: "done", value: parse(Buffer.concat(chunks).toString("utf8")) });
      });
    });
    outgoing.on("error", lost);
    outgoing.end(body);
  });
}

function parse(text: string): JsonObject {
  const value = text === "" ? {} : (JSON.parse(text) as unknown);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function failed(message: string): EffectResult {
  return { outcome: "failed", error: { code: "effect_failed", message, retryable: true } };
}
