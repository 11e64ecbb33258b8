// The model effect: builds the prompt from the thread, asks the provider, hands live text to whoever watches.

import type { EffectHandler, EffectResult } from "#ports/effects.ts";
import type { ModelMessage, ModelProvider, ModelResult } from "#ports/model.ts";
import type { EffectRow, StoredMessage } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type Feed, threadTopic } from "../feed.ts";

/** One configured model: which provider, and what it calls the model. */
export interface ModelChoice {
  provider: ModelProvider;
  model: string;
}

export interface ModelHandlerDeps {
  store: Store;
  feed: Feed;
  /** By alias, as in the configuration. */
  models: ReadonlyMap<string, ModelChoice>;
}

/** Newest messages that enter a prompt; what is older stays in the thread. */
const MAX_HISTORY_MESSAGES = 100;

export function createModelHandler(deps: ModelHandlerDeps): EffectHandler {
  return {
    kind: "model",
    async perform(effect, signal) {
      const choice = deps.models.get(effect.request.model as string);
      if (!choice) return failed(`No model is configured as ${String(effect.request.model)}.`, false);
      const messages = await promptOf(deps.store, effect);
      if (!messages) return failed("The message to answer is gone.", false);
      const request = { model: choice.model, messages };
      const result = await choice.provider.generate(request, liveText(deps.feed, effect), signal);
      return toEffectResult(choice, result);
    },
  };
}

/** System prompt, then the thread up to the message that is answered; undefined when that was forgotten. */
async function promptOf(store: Store, effect: EffectRow): Promise<ModelMessage[] | undefined> {
  const { request, tenantId } = effect;
  const system: ModelMessage = { role: "system", text: request.system as string };
  if (typeof request.text === "string") return [system, { role: "user", text: request.text }];
  const message = await store.readMessage(tenantId, request.messageId as string);
  if (message?.text === undefined) return undefined;
  const { threadId, position } = message;
  const window = { limit: MAX_HISTORY_MESSAGES, newest: true };
  const before = await store.readMessages(tenantId, threadId, { ...window, before: position });
  // A message that waited for its turn has replies to earlier messages behind it.
  const behind = await store.readMessages(tenantId, threadId, { ...window, after: position });
  return [system, ...orderTurns([...before, ...behind], position), { role: "user", text: message.text }];
}

/** Earlier messages in the order of the turns: each reply directly behind the message it answers. */
function orderTurns(messages: readonly StoredMessage[], position: number): ModelMessage[] {
  const earlier = messages.filter((message) => message.role === "user" && message.position < position);
  const replies = new Map<string, StoredMessage[]>();
  for (const message of messages) {
    if (message.role !== "agent" || message.inReplyTo === undefined) continue;
    replies.set(message.inReplyTo, [...(replies.get(message.inReplyTo) ?? []), message]);
  }
  return earlier.flatMap((message) => [
    { role: "user" as const, text: message.text ?? "" },
    ...(replies.get(message.messageId) ?? []).map((reply) => ({ role: "assistant" as const, text: reply.text ?? "" })),
  ]);
}

function liveText(feed: Feed, effect: EffectRow): (text: string) => void {
  const { threadId } = effect.request;
  if (typeof threadId !== "string") return () => undefined;
  const topic = threadTopic(effect.tenantId, threadId);
  let offset = 0;
  return (text) => {
    if (feed.hasListeners(topic)) feed.publishLive(topic, "delta", { runId: effect.runId, offset, text });
    offset += text.length;
  };
}

function toEffectResult(choice: ModelChoice, result: ModelResult): EffectResult {
  if (result.outcome === "failed") return failed(result.message, result.retryable);
  const { inputTokens, outputTokens, costUsd } = result.usage;
  const usage: JsonObject = {
    provider: choice.provider.provider,
    model: result.model,
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    ...(costUsd !== undefined && { costEstimateUsd: costUsd, currency: "USD" }),
  };
  return { outcome: "done", value: { text: result.text, finishReason: result.finishReason, usage } };
}

function failed(message: string, retryable: boolean): EffectResult {
  return { outcome: "failed", error: { code: "model_failed", message, retryable } };
}
