// The chunks of a chat completion stream, read with distrust: many servers speak this language, each a little apart.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { AnswerInProgress, AnswerReader, Heard } from "./answer.ts";
import { isCount, notUnderstood, textOf } from "./chunks.ts";
import { CallSorter } from "./openai-calls.ts";
import { type Divided, ThinkTags } from "./think-tags.ts";

/** The provider's words for the end of an answer. `tool_calls` and the older `function_call` are ends like any other. */
const FINISH: Readonly<Record<string, Heard["finish"]>> = { length: "length", content_filter: "refused" };
/** Words of servers that gave up in the middle: what came so far is no answer. */
const GIVEN_UP = new Set(["error", "abort", "cancelled", "insufficient_system_resource"]);

/** Folds chunk after chunk into `answer` and `heard`. */
export function openAiReader(answer: AnswerInProgress, heard: Heard): AnswerReader {
  const thinkTags = new ThinkTags();
  const calls = new CallSorter(answer);
  let declined = false;
  let gaveUp = false;

  function add({ text, reasoning }: Divided): void {
    answer.addReasoning(reasoning);
    answer.addText(text);
  }

  function readDelta(delta: JsonObject): void {
    answer.addReasoning(textOf(delta.reasoning_content) || textOf(delta.reasoning));
    const { text, reasoning } = contentOf(delta.content);
    answer.addReasoning(reasoning);
    add(thinkTags.divide(text));
    // A model that declines says so in a field of its own.
    declined ||= textOf(delta.refusal) !== "";
    answer.addText(textOf(delta.refusal));
    readCalls(delta.tool_calls ?? [], calls);
  }

  return {
    read(chunk) {
      if (!isJsonObject(chunk)) throw notUnderstood();
      if (typeof chunk.model === "string" && chunk.model !== "") heard.model = chunk.model;
      readUsage(chunk.usage, heard);
      const choices = chunk.choices ?? [];
      if (!Array.isArray(choices)) throw notUnderstood();
      // One choice was asked for. The last chunk has none, only the usage.
      const choice = choices[0];
      if (choice === undefined) return;
      if (!isJsonObject(choice)) throw notUnderstood();
      // A server that does not stream gives the message whole.
      const delta = choice.delta ?? choice.message;
      if (isJsonObject(delta)) readDelta(delta);
      const reason = textOf(choice.finish_reason);
      gaveUp ||= GIVEN_UP.has(reason);
      // Some servers write an empty reason beside every piece.
      if (reason !== "" && !gaveUp) heard.finish = declined ? "refused" : (FINISH[reason] ?? "stop");
    },
    end(saidDone) {
      add(thinkTags.rest());
      // Some servers give no reason at all: then `[DONE]` alone tells a whole answer from a broken one.
      if (heard.finish === undefined && saidDone && !gaveUp) heard.finish = declined ? "refused" : "stop";
    },
  };
}

/** The text, or the parts of it and of the thinking, as some servers divide it. */
function contentOf(content: Json | undefined): Divided {
  if (!Array.isArray(content)) return { text: textOf(content), reasoning: "" };
  const parts = content.filter(isJsonObject);
  return {
    text: parts.map(({ text }) => textOf(text)).join(""),
    reasoning: parts.map(({ thinking }) => contentOf(thinking).text).join(""),
  };
}

function readCalls(pieces: Json, calls: CallSorter): void {
  if (!Array.isArray(pieces)) throw notUnderstood();
  for (const [position, piece] of pieces.entries()) {
    if (!isJsonObject(piece)) throw notUnderstood();
    const part = isJsonObject(piece.function) ? piece.function : {};
    const read = {
      id: textOf(piece.id),
      name: textOf(part.name),
      // Some servers send the arguments as an object instead of its text.
      written: isJsonObject(part.arguments) ? JSON.stringify(part.arguments) : textOf(part.arguments),
    };
    calls.add(isCount(piece.index) ? { index: piece.index, ...read } : read, position);
  }
}

function readUsage(usage: Json | undefined, heard: Heard): void {
  if (!isJsonObject(usage)) return;
  if (isCount(usage.prompt_tokens)) heard.inputTokens = usage.prompt_tokens;
  if (isCount(usage.completion_tokens)) heard.outputTokens = usage.completion_tokens;
}
