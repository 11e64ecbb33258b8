// Which call of an answer a piece belongs to. OpenAI gives every piece the index of its call; others give none, or the
// same one to all calls, and each whole call in a piece of its own.

import type { AnswerInProgress } from "./answer.ts";

/** What a piece says of its call; empty where it says nothing. */
export interface CallPiece {
  index?: number;
  id: string;
  name: string;
  written: string;
}

/** Adds piece after piece to the right call of `answer`. */
export class CallSorter {
  readonly #answer: AnswerInProgress;
  /** The server's index → the call that its pieces belong to now. */
  readonly #byIndex = new Map<number, number>();
  #count = 0;

  constructor(answer: AnswerInProgress) {
    this.#answer = answer;
  }

  /** `position`: of the piece among those that came in the same chunk. */
  add({ index, ...piece }: CallPiece, position: number): void {
    const expected = index === undefined ? this.#withoutIndex(piece.id) : this.#byIndex.get(index);
    // Without an index, two names in one chunk are two calls.
    const isAnother = index === undefined && position > 0 && piece.name !== "" && piece.id === "";
    const place = expected === undefined || isAnother || this.#begins(piece, expected) ? this.#count : expected;
    if (place === this.#count) this.#count += 1;
    if (index !== undefined) this.#byIndex.set(index, place);
    this.#answer.addToCall(place, piece);
  }

  /** The call of this id, or else the last one. */
  #withoutIndex(id: string): number | undefined {
    for (let place = 0; id !== "" && place < this.#count; place += 1) {
      if (this.#answer.call(place)?.id === id) return place;
    }
    return this.#count === 0 ? undefined : this.#count - 1;
  }

  /**
   * Whether a piece begins a call although it seems to go on with one: it brings a name, and the call at that place has
   * one already, under another id or with its arguments complete. An id alone says nothing: some servers make up a new
   * one for every piece.
   */
  #begins({ id, name }: Omit<CallPiece, "index">, place: number): boolean {
    const call = this.#answer.call(place);
    if (name === "" || !call || call.name === "") return false;
    return id !== "" && call.id !== "" ? id !== call.id : isComplete(call.written);
  }
}

function isComplete(written: string): boolean {
  if (!written.trimEnd().endsWith("}")) return false;
  try {
    JSON.parse(written);
    return true;
  } catch {
    return false;
  }
}
