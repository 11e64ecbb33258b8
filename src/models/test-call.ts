// Whether a model answers: one tiny call, for whoever sets it up.

import { randomUUID } from "node:crypto";
import type { ModelProvider, ModelRequest } from "#ports/model.ts";

export interface TestCallResult {
  ok: boolean;
  /** For the person who sets it up; never holds the key. */
  message: string;
  latencyMs: number;
}

export interface TestCallDeps {
  /** Milliseconds from any fixed point. */
  now(): number;
  requestId(): string;
}

/** A model that thinks before it speaks may use all of it up without a word: that is an answer too. */
const MAX_OUTPUT_TOKENS = 16;
const machine: TestCallDeps = { now: () => performance.now(), requestId: randomUUID };

/**
 * Asks the model for a word. `signal` is the deadline: a timeout becomes a result, any other abort rejects with its
 * reason. The call is billed like any other.
 */
export async function testCall(
  provider: ModelProvider,
  model: string,
  signal: AbortSignal,
  { now, requestId }: TestCallDeps = machine,
): Promise<TestCallResult> {
  const request: ModelRequest = {
    model,
    messages: [{ role: "user", text: "Answer with the word OK." }],
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    requestId: requestId(),
  };
  const startedMs = now();
  const took = () => Math.round(now() - startedMs);
  try {
    const result = await provider.generate(request, () => undefined, signal);
    const latencyMs = took();
    if (result.outcome === "failed") return { ok: false, message: result.message, latencyMs };
    return { ok: true, message: `${result.model} answered in ${latencyMs} ms.`, latencyMs };
  } catch (error) {
    if (!isTimeout(signal)) throw error;
    return {
      ok: false,
      message: `${model} did not answer in time. Try again, or check the base URL.`,
      latencyMs: took(),
    };
  }
}

function isTimeout({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof DOMException && reason.name === "TimeoutError";
}
