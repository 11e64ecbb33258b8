// A provider that is reached through its vendor's SDK: the course of a call, the same for each of them.
//
//   key → line → stream → answer, or one failure that says what happened
//
// A dialect is what differs: how a request is written and how the pieces of an answer are read.

import type { ModelProvider, ModelRequest, ModelResult, ModelUsage } from "#ports/model.ts";
import type { Json } from "#protocol/json.ts";
import { AnswerInProgress, type AnswerReader, type Heard } from "./answer.ts";
import { type PreparedCall, prepareCall, resultOfError } from "./call.ts";
import { failure, GarbageError } from "./failures.ts";
import type { KeySource } from "./key.ts";
import { priced } from "./prices.ts";
import { usageOf } from "./tokens.ts";

export interface Dialect {
  /** As in the configuration. */
  provider: string;
  /** As people know it. */
  vendor: string;
  /** The vendor's own address. */
  defaultBaseUrl: string;
  /** Sends the request; resolves when the answer begins. Rejects with whatever its SDK throws. */
  open(call: PreparedCall, request: ModelRequest, signal: AbortSignal): Promise<AsyncIterable<unknown>>;
  /** Reads piece after piece into `answer` and `heard`. */
  reader(request: ModelRequest, answer: AnswerInProgress, heard: Heard): AnswerReader;
}

export interface SdkProviderOptions {
  /** Another address than the vendor's own. */
  baseUrl?: string;
  /** Asked at every call. An address of one's own may need none. */
  apiKey: KeySource;
  /** Epoch milliseconds; for a provider that names a date to come back at. */
  now?: () => number;
}

export function createSdkProvider(dialect: Dialect, options: SdkProviderOptions): ModelProvider {
  const now = options.now ?? Date.now;
  return {
    provider: dialect.provider,
    async generate(request, onText, signal): Promise<ModelResult> {
      signal.throwIfAborted();
      const call = await prepareCall(dialect, options, request.model);
      signal.throwIfAborted();
      if ("outcome" in call) return call;
      const answer = new AnswerInProgress(onText);
      const heard: Heard = {};
      try {
        await listen(dialect, call, { request, answer, heard, signal });
        return answerOf(request, answer, heard, call);
      } catch (error) {
        signal.throwIfAborted();
        const result = resultOfError(error, call, now());
        return result.outcome === "failed" ? { ...result, ...reported(request, answer, heard) } : result;
      }
    },
  };
}

interface Listening {
  request: ModelRequest;
  answer: AnswerInProgress;
  heard: Heard;
  signal: AbortSignal;
}

async function listen(dialect: Dialect, call: PreparedCall, listening: Listening): Promise<void> {
  const { request, answer, heard, signal } = listening;
  const reader = dialect.reader(request, answer, heard);
  const stream = await dialect.open(call, request, signal);
  try {
    for await (const piece of stream) reader.read(piece as Json);
  } catch (error) {
    // A line that drops after the last word took nothing from the answer.
    if (heard.finish === undefined || error instanceof GarbageError) throw error;
  }
  // SDKs end a stream without a word when the signal aborts.
  signal.throwIfAborted();
  reader.end(call.line.saidDone());
}

function answerOf(request: ModelRequest, answer: AnswerInProgress, heard: Heard, call: PreparedCall): ModelResult {
  const { name } = call.service;
  if (heard.finish === undefined) {
    return {
      ...failure("broken-off", `${name} ended its answer before it was whole. Trying again may help.`),
      ...reported(request, answer, heard),
    };
  }
  const usage = priced(request.model, usageOf(request, answer.written, heard));
  const toolCalls = heard.finish === "refused" ? [] : answer.toolCalls();
  if (answer.text === "" && toolCalls.length === 0 && heard.finish === "stop") {
    return { ...failure("garbage", `${name} ended its answer without saying anything. Trying again may help.`), usage };
  }
  return {
    outcome: "answered",
    text: answer.text,
    toolCalls,
    ...(answer.reasoning === undefined ? {} : { reasoning: answer.reasoning }),
    usage,
    finishReason: heard.finish === "stop" && toolCalls.length > 0 ? "tool-calls" : heard.finish,
    model: heard.model ?? request.model,
  };
}

/** What the provider had counted when the call failed; nothing when it had not counted yet. */
function reported(request: ModelRequest, answer: AnswerInProgress, heard: Heard): { usage?: ModelUsage } {
  if (heard.inputTokens === undefined && heard.outputTokens === undefined) return {};
  return { usage: priced(request.model, usageOf(request, answer.written, heard)) };
}
