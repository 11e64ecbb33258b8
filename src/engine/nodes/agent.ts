// private.parley.agent: one turn of a conversation agent, as data. It asks the model once and says what came back.
//
// In a chat the prompt is the thread up to the message it answers; started as a plain run it answers the input `text`.
// Serves parley's own roster only: other documents may not name it.

import type { EffectResult } from "#ports/effects.ts";
import type { JsonObject } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import { failure, type NodeContext, type NodeEvent, type NodeOutcome, type NodeType } from "../node-type.ts";

/** A model call that takes longer is given up; the provider may still bill it. */
const MODEL_TIMEOUT_MS = 120_000;

export const agent: NodeType = {
  typeId: "private.parley.agent",
  internal: true,
  effectful: true,
  config: Type.Object({
    agent: Type.String({ minLength: 3, description: "Roster id, e.g. host:assistant." }),
    model: Type.Optional(Type.String({ description: "Alias under `models` in the configuration." })),
    systemPrompt: Type.String(),
  }),
  start: (context) => {
    const { turn, runInputs, config } = context;
    if (!turn && typeof runInputs.text !== "string") {
      return failure("validation_error", "An agent run needs the input `text`.", { port: "text" });
    }
    const model = typeof config.model === "string" ? config.model : "default";
    const prompt: JsonObject = turn
      ? { threadId: turn.threadId, messageId: turn.messageId }
      : { text: runInputs.text as string };
    return {
      kind: "effect",
      effect: {
        kind: "model",
        class: "read",
        providerKey: `model:${model}`,
        ordinal: 0,
        request: { model, system: config.systemPrompt as string, ...prompt },
        timeoutMs: MODEL_TIMEOUT_MS,
      },
    };
  },
  onEffect: (context, result) => settle(context, result),
};

function settle(context: NodeContext, result: EffectResult): NodeOutcome {
  if (result.outcome !== "done") {
    const error =
      result.outcome === "failed"
        ? result.error
        : { code: "interrupted", message: "The model call was interrupted.", retryable: true };
    return { kind: "fail", error };
  }
  const { text, usage } = result.value as { text: string; usage: JsonObject };
  const events: NodeEvent[] = [{ type: "provider.usage", payload: { ...usage, nodeId: context.nodeId } }];
  if (!context.turn) return { kind: "complete", outputs: { output: text }, events };
  return { kind: "complete", outputs: {}, events, reply: { text, agent: context.config.agent as string } };
}
