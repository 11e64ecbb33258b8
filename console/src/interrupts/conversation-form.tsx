// A conversation inside a run: what was said so far, and the next words. It stays open until somebody ends it.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { nameOf } from "../agents/names.ts";
import type { Json } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { useCell } from "../ui/cell.ts";
import { Problem } from "../ui/problem.tsx";
import type { FormProperties } from "./form.ts";
import { type Answering, useAnswer } from "./use-answer.ts";
import { type Turn, useTurns } from "./use-turns.ts";

export function ConversationForm({
  question,
  item,
  outcome,
  onOutcome,
}: FormProperties<"conversation">): JSX.Element | null {
  const turns = useTurns(item, question.conversationId, outcome === undefined);
  const answering = useAnswer(item, onOutcome);
  if (outcome && turns.list.length === 0) return null;
  if (outcome) {
    return (
      <details>
        <summary>What was said</summary>
        <TurnList turns={turns.list} />
      </details>
    );
  }
  return (
    <>
      {turns.list.length > 0 && <TurnList turns={turns.list} />}
      <NextTurn takesText={question.takesText} answering={answering} onSaid={turns.readAgain} />
    </>
  );
}

function TurnList({ turns }: { turns: readonly Turn[] }): JSX.Element {
  const { roster } = useCell(useConsole().roster).value ?? {};
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [turns.length]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <ol class="turns" aria-label="What was said" tabIndex={0} ref={list}>
      {turns.map(({ index, role, from, content }) => (
        <li key={index} class={`turn is-${role}`}>
          {role === "user" ? (
            <span class="unseen">A person:</span>
          ) : (
            <span class="turn-from muted">{role === "agent" ? nameOf(from, roster) : "parley"}</span>
          )}
          <p class="plain">{typeof content === "string" ? content : JSON.stringify(content, null, 2)}</p>
        </li>
      ))}
    </ol>
  );
}

interface NextTurnProperties {
  takesText: boolean;
  answering: Answering;
  onSaid: () => void;
}

function NextTurn({ takesText, answering, onSaid }: NextTurnProperties): JSX.Element {
  const [written, setWritten] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  // Sent again after a broken line, the same words are one turn.
  const key = useRef<string | undefined>(undefined);
  const write = (words: string) => {
    key.current = undefined;
    setWritten(words);
  };
  const send = async (event: Event) => {
    event.preventDefault();
    const content = takesText ? written.trim() : fromJson(written);
    if (content === undefined) return setProblem("This is not valid JSON.");
    if (content === "" || answering.isSending) return;
    setProblem(undefined);
    key.current ??= crypto.randomUUID();
    const taken = await answering.say({ operation: "exchange", turn: { content }, exchangeKey: key.current });
    if (!taken) return;
    write("");
    onSaid();
  };
  const end = () => answering.answer({ operation: "close" }, { text: "You ended the conversation", tone: "ok" });
  return (
    <form class="stack" onSubmit={send}>
      <label class="field">
        <span>{takesText ? "Your words" : "Your words, as JSON"}</span>
        <textarea
          class={`input ${takesText ? "" : "is-mono"}`}
          rows={2}
          value={written}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            // JSON has lines of its own; while a word is being composed, Enter belongs to the input method.
            if (!takesText || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
      </label>
      <Problem text={problem ?? answering.error} />
      <div class="choices">
        <button type="submit" class="button is-primary" disabled={answering.isSending || written.trim() === ""}>
          {answering.isSending ? "Sending…" : "Send"}
        </button>
        <button type="button" class="button" disabled={answering.isSending} onClick={end}>
          End the conversation
        </button>
      </div>
    </form>
  );
}

function fromJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
