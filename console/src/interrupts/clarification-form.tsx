// Questions of an agent, answered one under the other.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { JsonObject } from "../api/types.ts";
import { Problem } from "../ui/problem.tsx";
import type { FormProperties } from "./form.ts";
import { answerValue, type ClarificationQuestion } from "./question.ts";
import { useAnswer } from "./use-answer.ts";

export interface ClarificationProperties extends FormProperties<"clarification"> {
  /** Above the card stands what it asks: a single question is not shown twice. */
  isTitled: boolean;
}

export function ClarificationForm(properties: ClarificationProperties): JSX.Element {
  const { question, item, outcome, onOutcome, isTitled } = properties;
  const { questions } = question;
  const [written, setWritten] = useState<Record<string, string>>({});
  const { isSending, error, answer } = useAnswer(item, onOutcome);
  if (outcome) return <Settled questions={questions} />;
  const values = questions.map((asked) => [asked.id, answerValue(asked, written[asked.id] ?? "")] as const);
  const isComplete = values.every(([, value]) => value !== undefined);
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isComplete) return;
    const answers = Object.fromEntries(values) as JsonObject;
    const said = questions.length === 1 ? `You answered: ${written[questions[0]?.id ?? ""]?.trim()}` : "You answered";
    void answer({ answers }, { text: said, tone: "ok" });
  };
  return (
    <form class="stack" onSubmit={submit}>
      {questions.map((asked) => (
        <Field
          key={asked.id}
          asked={asked}
          isTitled={isTitled && questions.length === 1}
          value={written[asked.id] ?? ""}
          onValue={(value) => setWritten({ ...written, [asked.id]: value })}
        />
      ))}
      <Problem text={error} />
      <div class="choices">
        <button type="submit" class="button is-primary" disabled={isSending || !isComplete}>
          {isSending ? "Sending…" : "Answer"}
        </button>
      </div>
    </form>
  );
}

function Settled({ questions }: { questions: readonly ClarificationQuestion[] }): JSX.Element {
  return (
    <ul class="asked">
      {questions.map((asked) => (
        <li key={asked.id}>{asked.question}</li>
      ))}
    </ul>
  );
}

interface FieldProperties {
  asked: ClarificationQuestion;
  isTitled: boolean;
  value: string;
  onValue: (value: string) => void;
}

function Field({ asked, isTitled, value, onValue }: FieldProperties): JSX.Element {
  const titleClass = isTitled ? "unseen" : "field-question";
  const choices = asked.choices ?? (asked.type === "yes-no" ? ["yes", "no"] : undefined);
  if (choices === undefined) {
    return (
      <label class="field">
        <span class={titleClass}>{asked.question}</span>
        <input
          class="input"
          inputMode={asked.type === "number" ? "decimal" : "text"}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      </label>
    );
  }
  return (
    <fieldset class="field">
      <legend class={titleClass}>{asked.question}</legend>
      <div class="options">
        {choices.map((choice) => (
          <label key={choice} class="option">
            <input
              type="radio"
              name={asked.id}
              value={choice}
              checked={value === choice}
              onChange={() => onValue(choice)}
            />
            <span>{choice}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
