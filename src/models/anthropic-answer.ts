// The events of a message stream: blocks of text, thinking and tool use, each opened, filled in pieces and closed.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { AnswerInProgress, AnswerReader, Heard } from "./answer.ts";
import { isCount, notUnderstood, textOf } from "./chunks.ts";

/** The provider's words for the end of an answer; any other is an end like `end_turn`. */
const FINISH: Readonly<Record<string, Heard["finish"]>> = {
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "refused",
};

/**
 * Folds event after event into `answer` and `heard`.
 * `answerTool`: name of the tool whose arguments are the answer's text; absent when plain text was asked for.
 */
export function anthropicReader(answer: AnswerInProgress, heard: Heard, answerTool: string | undefined): AnswerReader {
  /** Indexes of blocks whose arguments are the answer. */
  const answerBlocks = new Set<number>();

  function openBlock(index: number, block: JsonObject): void {
    if (block.type === "text") answer.addText(textOf(block.text));
    if (block.type === "thinking") answer.addReasoning(textOf(block.thinking));
    if (block.type !== "tool_use") return;
    if (answerTool !== undefined && block.name === answerTool) answerBlocks.add(index);
    else answer.addToCall(index, { id: textOf(block.id), name: textOf(block.name) });
    // As a rule empty, and filled in pieces; some gateways give it whole.
    if (isJsonObject(block.input) && Object.keys(block.input).length > 0) fillInput(index, JSON.stringify(block.input));
  }

  function fillBlock(index: number, delta: JsonObject): void {
    if (delta.type === "text_delta") answer.addText(textOf(delta.text));
    if (delta.type === "thinking_delta") answer.addReasoning(textOf(delta.thinking));
    if (delta.type === "input_json_delta") fillInput(index, textOf(delta.partial_json));
  }

  function fillInput(index: number, written: string): void {
    if (answerBlocks.has(index)) answer.addText(written);
    else answer.addToCall(index, { written });
  }

  /** A server that does not stream gives the message whole. */
  function readWhole(message: JsonObject): void {
    if (!Array.isArray(message.content)) throw notUnderstood();
    for (const [index, block] of message.content.entries()) openBlock(index, objectOf(block));
  }

  /** Who speaks, what it cost and why it ended, wherever they stand. */
  function readAbout(message: JsonObject, usage: Json | undefined): void {
    if (textOf(message.model) !== "") heard.model = textOf(message.model);
    const reason = textOf(message.stop_reason);
    if (reason !== "") heard.finish = FINISH[reason] ?? "stop";
    readUsage(usage, heard);
  }

  function read(event: Json | undefined): void {
    if (!isJsonObject(event)) throw notUnderstood();
    switch (event.type) {
      case "message":
        readWhole(event);
        return readAbout(event, event.usage);
      case "message_start": {
        const message = objectOf(event.message);
        return readAbout(message, message.usage);
      }
      case "content_block_start":
        return openBlock(indexOf(event), objectOf(event.content_block));
      case "content_block_delta":
        return fillBlock(indexOf(event), objectOf(event.delta));
      case "message_delta":
        return readAbout(objectOf(event.delta), event.usage);
      default:
      // The API may add kinds of events at any time; those that are not known say nothing here.
    }
  }
  // Nothing is held back, and the end has an event of its own.
  return { read, end: () => undefined };
}

/** What was read from a cache was read too: it is counted, at the full price. */
function readUsage(value: Json | undefined, heard: Heard): void {
  if (!isJsonObject(value)) return;
  const { input_tokens: fresh, cache_creation_input_tokens: stored, cache_read_input_tokens: cached } = value;
  if (isCount(fresh)) heard.inputTokens = fresh + (isCount(stored) ? stored : 0) + (isCount(cached) ? cached : 0);
  if (isCount(value.output_tokens)) heard.outputTokens = value.output_tokens;
}

function objectOf(value: Json | undefined): JsonObject {
  if (!isJsonObject(value)) throw notUnderstood();
  return value;
}

function indexOf(event: JsonObject): number {
  if (!isCount(event.index)) throw notUnderstood();
  return event.index;
}
