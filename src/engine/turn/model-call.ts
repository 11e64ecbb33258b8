// The model call of a round: how it is asked for, and what its result says before anybody acts on the answer.

import type { EffectResult } from "#ports/effects.ts";
import type { ModelFailureReason, ModelResult } from "#ports/model.ts";
import type { RunError } from "#protocol/errors.ts";
import type { NodeContext, NodeEvent, NodeOutcome } from "../node-type.ts";
import { INLINE } from "../orchestration/config.ts";
import type { AgentConfig } from "./config.ts";
import { invocationIdOf, type Notes, noteInvocationEnd } from "./notes.ts";
import type { Turn } from "./turn.ts";
import { type ProviderCall, unknownUsage, usageEvent } from "./usage.ts";

/** A call may take this long, repetitions of a refused or broken one included; the provider may bill each. */
export const MODEL_TIMEOUT_MS = 300_000;
/** A round that begins with next to nothing left of its agent's time has this long. */
const SHORTEST_ROUND_MS = 1_000;

export const MODEL_EFFECT = "model";

export type ModelAnswer = Extract<ModelResult, { outcome: "answered" }>;

/** What the handler of model effects brings back: every request it made, and how it ended. */
export interface ModelEffectValue {
  calls: ProviderCall[];
  answer?: Omit<ModelAnswer, "outcome" | "usage">;
  failure?: {
    reason: ModelFailureReason | "no-model" | "history-gone";
    message: string;
    /** A mock's own code, and whether trying again helps. */
    verdict?: { code: string; retryable: boolean };
  };
}

/** Opens the bracket of the next round and asks the model. The bounds of the agent were checked. */
export function askModel(context: NodeContext, config: AgentConfig, turn: Turn, notes: Notes): NodeOutcome {
  const invocationId = invocationIdOf(context, turn.begun);
  notes.events.push(
    {
      type: "agent.invocation.started",
      payload: {
        invocationId,
        agentId: config.agentId,
        source: sourceOf(context, config),
        modelClass: config.modelClass,
        resolvedAgentVersion: config.manifestHash,
        toolSurfaceCount: config.tools.length + (config.colleagues.length > 0 ? 1 : 0),
        memoryBound: false,
      },
    },
    {
      type: "agent.promptResolved",
      payload: {
        nodeId: context.nodeId,
        kind: "system",
        agentId: config.agentId,
        chain: [
          { layer: "node", applied: false, reason: "no candidate" },
          { layer: "agent-intrinsic", source: config.promptRef, applied: true },
        ],
        resolved: config.promptRef,
      },
    },
  );
  notes.effects.push({
    kind: MODEL_EFFECT,
    class: "read",
    providerKey: `model:${config.model}`,
    ordinal: turn.nextOrdinal,
    request: { model: config.model, agent: config.agent },
    timeoutMs: Math.max(SHORTEST_ROUND_MS, config.bounds.maxWallMs - turn.busyMs),
  });
  return { kind: "wait", ...notes };
}

/** How the agent came to work: in a chat, as a run of its own, or at a node of somebody else's (agents.md §6.4). */
function sourceOf({ turn, depth }: NodeContext, { manifestHash }: AgentConfig): string {
  if (turn) return "chat-mention";
  return depth === 0 && manifestHash !== INLINE ? "run-api" : "workflow-node";
}

const LATE: RunError = {
  code: "model_timeout",
  message: "The language model did not answer in time. Try again, or use a faster model.",
};
const BROKEN: RunError = {
  code: "model_failed",
  message: "The call to the language model failed inside parley; the log says why.",
};

/** What a model effect came to. Writes one usage event per request that went out. */
export function readModelResult(
  context: NodeContext,
  notes: Notes,
  result: EffectResult,
): { answer: NonNullable<ModelEffectValue["answer"]> } | { error: RunError } {
  if (result.outcome !== "done") {
    notes.events.push(unknownUsage(context));
    // Only a deadline is worth another attempt; anything else went wrong here, not at the provider.
    const isLate = result.outcome === "failed" && result.error.retryable === true;
    return { error: isLate ? LATE : BROKEN };
  }
  const { calls, answer, failure } = result.value as unknown as ModelEffectValue;
  for (const call of calls) notes.events.push(usageEvent(context, call));
  if (answer) return { answer };
  return { error: modelError(failure) };
}

/** A call without an answer, as the error of the node that asked. */
export function modelError(failure: ModelEffectValue["failure"]): { code: string; message: string } {
  const message = failure?.message ?? "The language model gave no answer.";
  const code = failure?.verdict?.code ?? `model_${(failure?.reason ?? "garbage").replaceAll("-", "_")}`;
  return { code, message };
}

/** The turn cannot go on: its bracket closes, the node fails. A provider's trouble is never a reason to begin again. */
export function failTurn(context: NodeContext, config: AgentConfig, notes: Notes, error: RunError): NodeOutcome {
  noteInvocationEnd(notes, context, config, error.code === "model_refused" ? "refused" : "failed");
  return { kind: "fail", error: { ...error, retryable: false }, ...notes };
}

/** The bound that the next round would pass, if any: its event, and the end of the turn. */
export function breachedBound(
  context: NodeContext,
  config: AgentConfig,
  turn: Turn,
): { event: NodeEvent; error: RunError } | undefined {
  const { maxRounds, maxTokens, maxWallMs } = config.bounds;
  const { nodeId } = context;
  const breach = (kind: string, limit: number, observed: number, what: string) => ({
    event: { type: "cap.breached" as const, payload: { kind, limit, observed, nodeId } },
    error: {
      code: "loop_limit_exceeded",
      message: `${config.persona} stopped without an answer: ${what}.`,
      details: { bound: kind, limit, observed },
    },
  });
  if (turn.begun >= maxRounds) {
    return breach("loop-iterations", maxRounds, turn.begun + 1, `it took more than ${maxRounds} steps`);
  }
  if (turn.tokens > maxTokens) return breach("budget-tokens", maxTokens, turn.tokens, "it used too many tokens");
  if (turn.busyMs > maxWallMs) return breach("run-duration", maxWallMs, turn.busyMs, "it took too long");
  return undefined;
}
