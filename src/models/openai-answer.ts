// The chunks of a chat completion stream, read with distrust: many servers speak this language, each a little apart.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { AnswerInProgress, Heard } from "./answer.ts";
import { isCount, notUnderstood, textOf } from "./chunks.ts";

/** The provider's words for the end of an answer. `tool_calls` and the older `function_call` are ends like any other. */
const FINISH: Readonly<Record<string, Heard["finish"]>> = { length: "length", content_filter: "refused" };

/** A reader that folds chunk after chunk into `answer` and `heard`. It throws GarbageError. */
export function openAiReader(answer: AnswerInProgress, heard: Heard): (chunk: Json | undefined) => void {
  let declined = false;

  function readDelta(delta: JsonObject): void {
    answer.addReasoning(textOf(delta.reasoning_content) || textOf(delta.reasoning));
    answer.addText(textOf(delta.content));
    // A model that declines says so in a field of its own.
    declined ||= textOf(delta.refusal) !== "";
    answer.addText(textOf(delta.refusal));
    readCalls(delta.tool_calls ?? [], answer);
  }

  return (chunk) => {
    if (!isJsonObject(chunk)) throw notUnderstood();
    if (typeof chunk.model === "string" && chunk.model !== "") heard.model = chunk.model;
    readUsage(chunk.usage, heard);
    const choices = chunk.choices ?? [];
    if (!Array.isArray(choices)) throw notUnderstood();
    // One choice was asked for. The last chunk has none, only the usage.
    const choice = choices[0];
    if (choice === undefined) return;
    if (!isJsonObject(choice)) throw notUnderstood();
    if (isJsonObject(choice.delta)) readDelta(choice.delta);
    if (typeof choice.finish_reason === "string") {
      heard.finish = declined ? "refused" : (FINISH[choice.finish_reason] ?? "stop");
    }
  };
}

function readCalls(calls: Json, answer: AnswerInProgress): void {
  if (!Array.isArray(calls)) throw notUnderstood();
  for (const [position, call] of calls.entries()) {
    if (!isJsonObject(call)) throw notUnderstood();
    const part = isJsonObject(call.function) ? call.function : {};
    answer.addToCall(Number.isSafeInteger(call.index) ? Number(call.index) : position, {
      id: textOf(call.id),
      name: textOf(part.name),
      // Some servers send the arguments as an object instead of its text.
      written: isJsonObject(part.arguments) ? JSON.stringify(part.arguments) : textOf(part.arguments),
    });
  }
}

function readUsage(usage: Json | undefined, heard: Heard): void {
  if (!isJsonObject(usage)) return;
  if (isCount(usage.prompt_tokens)) heard.inputTokens = usage.prompt_tokens;
  if (isCount(usage.completion_tokens)) heard.outputTokens = usage.completion_tokens;
}
