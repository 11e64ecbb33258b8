// A few words that go with an answer: why not, what to change, a question back, a name. One field, one button, and back.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

/** What one field asks for. */
export interface Wording {
  asks: string;
  submit: string;
  tone: "is-primary" | "is-danger";
  /** False: it may stay empty. */
  isNeeded: boolean;
  maxLength: number;
  isLong: boolean;
}

export interface WordsFormProperties {
  wording: Wording;
  isSending: boolean;
  onWords: (words: string) => void;
  onBack: () => void;
}

export function WordsForm({ wording, isSending, onWords, onBack }: WordsFormProperties): JSX.Element {
  const { asks, submit, tone, isNeeded, maxLength, isLong } = wording;
  const [written, setWritten] = useState("");
  const words = written.trim();
  const send = (event: Event) => {
    event.preventDefault();
    if (words !== "" || !isNeeded) onWords(words);
  };
  const field = {
    value: written,
    maxLength,
    ref: focusOnce,
    onInput: (event: { currentTarget: { value: string } }) => setWritten(event.currentTarget.value),
  };
  return (
    <form class="stack" onSubmit={send}>
      {isLong ? (
        <label class="field">
          <span>{asks}</span>
          <textarea class="input" rows={3} {...field} />
        </label>
      ) : (
        <label class="field">
          <span>{asks}</span>
          <input class="input" {...field} />
        </label>
      )}
      <div class="choices">
        <button type="submit" class={`button ${tone}`} disabled={isSending || (isNeeded && words === "")}>
          {isSending ? "Sending…" : submit}
        </button>
        <button type="button" class="button" onClick={onBack}>
          Back
        </button>
      </div>
    </form>
  );
}

/** The field comes because a button was pressed: whoever pressed it goes on writing. */
function focusOnce(element: HTMLElement | null): void {
  element?.focus();
}
