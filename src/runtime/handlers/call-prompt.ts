// The effect of core.ai.callPrompt: one model call; while it streams, its pieces become durable in small groups.
//
//   Pieces are written at most every 50 ms or 32 pieces, in order; the last one is durable before the result is.
//   A call that is made again after a crash goes on behind the pieces that stand: a mock answers the same again; a real
//   model would not, and its call fails as broken off (the node's retry policy decides).

import type { Chunk } from "#engine/engine.ts";
import { CALL_PROMPT_EFFECT } from "#engine/nodes/call-prompt.ts";
import type { EffectHandler, EffectResult } from "#ports/effects.ts";
import type { ModelRequest, ModelResult } from "#ports/model.ts";
import type { EffectRow } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import { outgoingNodeTrace } from "#protocol/trace.ts";
import type { Runs } from "../runs.ts";
import { askOnce } from "./ask-once.ts";
import { callOf, done, effectValueOf, type ModelChoice } from "./model-value.ts";

const FLUSH_MS = 50;
const FLUSH_CHUNKS = 32;

export interface CallPromptDeps {
  runs: Runs;
  modelOf: (alias: string) => ModelChoice | undefined;
  /** The mock of a run that asked for one; undefined: there is none of this name. */
  mockOf: (choice: JsonObject) => ModelChoice | undefined;
}

export function createCallPromptHandler(deps: CallPromptDeps): EffectHandler {
  return {
    kind: CALL_PROMPT_EFFECT,
    async perform(effect, signal) {
      const { mock, model, streaming } = effect.request as { mock?: JsonObject; model?: string; streaming: boolean };
      const choice = mock ? deps.mockOf(mock) : deps.modelOf("default");
      if (!choice) return failed("no-model", "No model is configured under models.default.");
      const run = await deps.runs.load(effect.runId);
      const node = run?.state.nodes.get(effect.nodeId);
      const written = node?.chunks ?? 0;
      if (written > 0 && !mock) {
        return failed("broken-off", "The call was interrupted while it was writing, and cannot go on.");
      }
      const writer = new ChunkWriter(deps.runs, effect, choice.model, written);
      const request = {
        ...requestOf(effect, mock ? choice.model : (model ?? choice.model)),
        ...(run && { trace: outgoingNodeTrace(run.state.start, effect.nodeId, node?.execution ?? 0) }),
      };
      const onText = (text: string) => void (streaming && writer.add(text));
      const result = await askOnce(choice.provider, request, onText, signal);
      if (streaming && result.outcome === "answered") await writer.finish(result);
      else await writer.stop();
      const call = callOf(choice, result);
      return done(effectValueOf(call ? [call] : [], result));
    },
  };
}

function requestOf(effect: EffectRow, model: string): ModelRequest {
  const { text, systemPrompt, temperature, maxTokens } = effect.request;
  return {
    model,
    messages: [
      ...(typeof systemPrompt === "string" ? [{ role: "system" as const, text: systemPrompt }] : []),
      { role: "user", text: String(text) },
    ],
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof maxTokens === "number" && { maxOutputTokens: maxTokens }),
    requestId: effect.effectId,
  };
}

function failed(reason: "no-model" | "broken-off", message: string): EffectResult {
  return done({ calls: [], failure: { reason, message } });
}

/** Groups pieces and writes them; one write at a time, so that their order stands. */
class ChunkWriter {
  readonly #runs: Runs;
  readonly #effect: EffectRow;
  readonly #model: string;
  #skip: number;
  #held: string | undefined;
  #waiting: Chunk[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(runs: Runs, effect: EffectRow, model: string, written: number) {
    this.#runs = runs;
    this.#effect = effect;
    this.#model = model;
    this.#skip = written;
  }

  /** The newest piece is held back: only the end tells whether it was the last. */
  add(text: string): void {
    if (this.#held !== undefined) this.#push({ chunk: this.#held, isLast: false, meta: { model: this.#model } });
    this.#held = text;
  }

  #push(chunk: Chunk): void {
    if (this.#skip > 0) {
      this.#skip -= 1;
      return;
    }
    this.#waiting.push(chunk);
    if (this.#waiting.length >= FLUSH_CHUNKS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const chunks = this.#waiting;
    if (chunks.length === 0) return;
    this.#waiting = [];
    const { runId, nodeId, attempt } = this.#effect;
    this.#writes = this.#writes.then(() =>
      this.#runs.dispatch(runId, () => ({ command: { type: "noteChunks", nodeId, attempt, chunks } })),
    );
    this.#writes.catch(() => undefined);
  }

  async finish({ finishReason, usage, toolCalls }: Extract<ModelResult, { outcome: "answered" }>): Promise<void> {
    const { inputTokens: promptTokens, outputTokens: completionTokens } = usage;
    const meta: JsonObject = {
      model: this.#model,
      finishReason: wireReason[finishReason],
      usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens },
      ...(toolCalls.length > 0 && {
        toolCalls: toolCalls.map((call) => ({
          id: call.callId,
          name: call.name,
          arguments: JSON.stringify(call.arguments),
        })),
      }),
    };
    this.#push({ chunk: this.#held ?? "", isLast: true, meta });
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#flush();
    await this.#writes;
  }
}

const wireReason = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  refused: "content_filter",
} as const;
