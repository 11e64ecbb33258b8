// An answer while it comes in: text, thinking and tool calls in pieces, put together within bounds.
//
//   A1. What `onText` received, joined, is the text of the answer.
//   A2. Every call has an id of its own within the answer, whatever the provider sent.
//   A3. Nothing grows beyond the bounds below: more is {@link GarbageError}.

import type { ToolCall } from "#ports/model.ts";
import { isJsonObject, type Json } from "#protocol/json.ts";
import { GarbageError } from "./failures.ts";

const MEBIBYTE = 1024 * 1024;

/** Far more than any model writes in one answer; a chat message of this length is a fault. */
export const answerBounds = {
  textBytes: MEBIBYTE,
  toolCalls: 64,
  argumentBytes: 256 * 1024,
} as const;

/** What a provider says about an answer besides the answer itself. */
export interface Heard {
  /** Absent until the answer is whole. `stop` also after tool calls: they show by themselves. */
  finish?: "stop" | "length" | "refused";
  /** As the provider names it. */
  model?: string;
  inputTokens?: number;
  outputTokens?: number;
}

/** Reads what a provider sends. Both throw {@link GarbageError}. */
export interface AnswerReader {
  /** The next piece. */
  read(piece: Json | undefined): void;
  /** The stream ended well. `saidDone`: with the `[DONE]` that ends streams in OpenAI's language. */
  end(saidDone: boolean): void;
}

interface CallInProgress {
  id: string;
  name: string;
  written: string;
  bytes: number;
}

export class AnswerInProgress {
  #text = "";
  #textBytes = 0;
  #reasoning = "";
  readonly #calls = new Map<number, CallInProgress>();
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  get text(): string {
    return this.#text;
  }

  /** Undefined when the model gave none. */
  get reasoning(): string | undefined {
    return this.#reasoning === "" ? undefined : this.#reasoning;
  }

  /** All that the model wrote, for an estimate of its tokens. */
  get written(): string {
    const calls = [...this.#calls.values()].map(({ name, written }) => name + written);
    return [this.#reasoning, this.#text, ...calls].join("");
  }

  addText(piece: string): void {
    if (piece === "") return;
    this.#textBytes += Buffer.byteLength(piece);
    if (this.#textBytes > answerBounds.textBytes) {
      throw new GarbageError("The model wrote more than 1 MiB without coming to an end; the answer was dropped.");
    }
    this.#text += piece;
    this.#onText(piece);
  }

  /** Thinking is kept for show: beyond the bound it is left out. */
  addReasoning(piece: string): void {
    if (this.#reasoning.length + piece.length <= answerBounds.textBytes) this.#reasoning += piece;
  }

  /** A piece of the call at `index`: the first brings its name, each may bring more of its arguments. */
  addToCall(index: number, piece: { id?: string; name?: string; written?: string }): void {
    const call = this.#calls.get(index) ?? this.#begin(index);
    if (piece.id) call.id = piece.id;
    if (piece.name) call.name = piece.name;
    if (!piece.written) return;
    call.bytes += Buffer.byteLength(piece.written);
    if (call.bytes > answerBounds.argumentBytes) {
      throw new GarbageError("The model asked for a tool with more than 256 KiB of arguments; the answer was dropped.");
    }
    call.written += piece.written;
  }

  /** The call at `index` as far as it came. */
  call(index: number): Readonly<Pick<CallInProgress, "id" | "name" | "written">> | undefined {
    return this.#calls.get(index);
  }

  #begin(index: number): CallInProgress {
    if (this.#calls.size >= answerBounds.toolCalls) {
      throw new GarbageError(
        `The model asked for more than ${answerBounds.toolCalls} tools at once; the answer was dropped.`,
      );
    }
    const call = { id: "", name: "", written: "", bytes: 0 };
    this.#calls.set(index, call);
    return call;
  }

  /** The calls in the order of their indexes. Errors: {@link GarbageError} when one has no name. */
  toolCalls(): ToolCall[] {
    const taken = new Set<string>();
    return [...this.#calls.entries()]
      .sort(([a], [b]) => a - b)
      .map(([index, call]) => {
        if (call.name === "")
          throw new GarbageError("The model asked for a tool without naming it; the answer was dropped.");
        const callId = call.id !== "" && !taken.has(call.id) ? call.id : freeId(index, taken);
        taken.add(callId);
        return { callId, name: call.name, ...readArguments(call.written) };
      });
  }
}

function freeId(index: number, taken: ReadonlySet<string>): string {
  let id = `call_${index}`;
  while (taken.has(id)) id += "_";
  return id;
}

/** No arguments at all are an empty object: some models write nothing for a tool that needs nothing. */
function readArguments(written: string): Pick<ToolCall, "arguments" | "unreadable"> {
  if (written.trim() === "") return { arguments: {} };
  const value = parsed(written);
  return isJsonObject(value) ? { arguments: value } : { arguments: {}, unreadable: written };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
