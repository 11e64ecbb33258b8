// The model effect: makes the prompt out of thread and log, asks the provider, repeats what is worth repeating, and
// shows text as it is typed. Every request that went out is counted, whatever became of it (P-9): the last one in the
// result, each one before it in the log before the next goes out, so that a crash leaves one that nobody saw, not several.

import { setTimeout } from "node:timers/promises";
import { SUPERVISOR } from "#engine/loop.ts";
import type { ToolDescriptions } from "#engine/node-type.ts";
import { agentOfNode } from "#engine/orchestration/config.ts";
import { MODEL_EFFECT, type ModelEffectValue } from "#engine/turn/model-call.ts";
import { modelOverrides } from "#engine/turn/overrides.ts";
import type { ProviderCall } from "#engine/turn/usage.ts";
import type { EffectHandler } from "#ports/effects.ts";
import { isWorthRepeating, type ModelRequest } from "#ports/model.ts";
import type { EffectRow } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import { isJsonObject, type JsonObject } from "#protocol/json.ts";
import { outgoingNodeTrace } from "#protocol/trace.ts";
import type { LiveText, Typing } from "../live-text.ts";
import type { HotRun } from "../runs.ts";
import { askOnce } from "./ask-once.ts";
import { composePrompt } from "./compose-prompt.ts";
import { callOf, done, effectValueOf, type ModelChoice } from "./model-value.ts";
import { showActivity } from "./show-activity.ts";

export interface ModelHandlerDeps {
  store: Store;
  tools: ToolDescriptions;
  liveText: LiveText;
  /** The model behind an alias of the configuration, as it stands now. */
  modelOf: (alias: string) => ModelChoice | undefined;
  /** The mock of a run that asked for one; undefined: there is none of this name. */
  mockOf: (choice: JsonObject) => ModelChoice | undefined;
  /** The run as it stands when everything before is durable. */
  runOf: (runId: string) => Promise<HotRun | undefined>;
  /** Writes what a request cost that is about to be repeated; resolves when it is durable. */
  noteCall: (effect: EffectRow, call: ProviderCall) => Promise<unknown>;
  /** 0 to 1; spreads repetitions. */
  random: () => number;
}

/** Requests of one round, the first included. */
const MAX_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
/** All pauses of a round together. A provider that wants to be left alone for longer is not asked again before that. */
const MAX_PAUSED_MS = 90_000;

export function createModelHandler(deps: ModelHandlerDeps): EffectHandler {
  return {
    kind: MODEL_EFFECT,
    async perform(effect, signal) {
      const { model: alias, agent } = effect.request as { model: string; agent: string };
      const run = await deps.runOf(effect.runId);
      const { configurable = {} } = run?.state.start ?? {};
      const choice = isJsonObject(configurable.mockProvider)
        ? deps.mockOf(configurable.mockProvider)
        : deps.modelOf(alias);
      if (!choice) return done({ calls: [], failure: { reason: "no-model", message: noModel(alias) } });
      const node = run?.graph.nodes.get(effect.nodeId);
      if (!run || !node) throw new Error(`run ${effect.runId} has no node ${effect.nodeId}`);
      const prompt = await composePrompt(deps.store, deps.tools, run, effect.nodeId);
      if (!prompt) return done({ calls: [], failure: { reason: "history-gone", message: HISTORY_GONE } });
      const execution = run.state.nodes.get(effect.nodeId)?.execution ?? 0;
      const trace = outgoingNodeTrace(run.state.start, effect.nodeId, execution);
      const { model = choice.model, temperature, maxTokens } = modelOverrides(configurable);
      const request = {
        ...prompt,
        model,
        ...(temperature !== undefined && { temperature }),
        ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
        requestId: effect.effectId,
        agent,
        trace,
      };
      const { persona } = agentOfNode(node.definition);
      const { start } = run.state;
      const doing = node.definition.typeId === SUPERVISOR ? "deciding" : "thinking";
      await showActivity(deps, start, signal, { agent, persona, doing });
      const noteCall = (call: ProviderCall) => deps.noteCall(effect, call);
      return done(await ask({ choice, request, typing: deps.liveText.open(start), noteCall }, deps.random, signal));
    },
  };
}

const HISTORY_GONE = "The message to answer was deleted.";

function noModel(alias: string): string {
  return `No model is configured under models.${alias}.`;
}

/** One logical call: what is asked, of whom, and who hears of it. */
interface Asking {
  choice: ModelChoice;
  request: ModelRequest;
  typing: Typing;
  noteCall: (call: ProviderCall) => Promise<unknown>;
}

async function ask(
  { choice, request, typing, noteCall }: Asking,
  random: () => number,
  signal: AbortSignal,
): Promise<ModelEffectValue> {
  const calls: ProviderCall[] = [];
  let pausedMs = 0;
  for (let attempt = 1; ; attempt += 1) {
    typing.restart();
    const result = await askOnce(choice.provider, request, (piece) => typing.text(piece), signal);
    const call = callOf(choice, result);
    const end = () => effectValueOf(call ? [...calls, call] : calls, result);
    if (result.outcome === "answered" || attempt >= MAX_ATTEMPTS || !isWorthRepeating(result.reason)) return end();
    const nextPauseMs = pauseMs(attempt, result.retryAfterMs, random);
    pausedMs += nextPauseMs;
    if (pausedMs > MAX_PAUSED_MS) return end();
    // The store may refuse for a moment: then the result brings it.
    if (call) await noteCall(call).catch(() => calls.push(call));
    await pause(nextPauseMs, signal);
  }
}

/** What the provider asked for, or longer and longer; and a little more, so that not everybody comes back at once. */
function pauseMs(attempt: number, retryAfterMs: number | undefined, random: () => number): number {
  const wanted = retryAfterMs ?? FIRST_PAUSE_MS * 4 ** (attempt - 1);
  return wanted * (1 + random() / 4);
}

/** Rejects with the signal's reason. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return setTimeout(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
