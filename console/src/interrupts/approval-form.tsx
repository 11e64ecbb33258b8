// Everything that can be said to an approval, in place: yes, no with a reason, yes with changes, once more, a question
// back, and who else is asked. Only what the question offers has a button.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { JsonObject } from "../api/types.ts";
import { Problem } from "../ui/problem.tsx";
import { Subject } from "./arguments.tsx";
import { Choices, type Mode } from "./choices.tsx";
import { type Editable, EditForm } from "./edit-form.tsx";
import { ExchangeList, type Exchanges, useExchanges } from "./exchanges.tsx";
import type { FormProperties } from "./form.ts";
import type { Question } from "./question.ts";
import type { Standing } from "./standing.ts";
import { type Answering, useAnswer } from "./use-answer.ts";
import { useVoting, VoterField, type Voting } from "./voter-field.tsx";
import { type Wording, WordsForm } from "./words-form.tsx";

export interface ApprovalProperties extends FormProperties<"approval"> {
  standing: Standing;
  /** One more person is asked. */
  onHandedOn: (to: string) => void;
}

export function ApprovalForm(properties: ApprovalProperties): JSX.Element {
  const { question, item, outcome, onOutcome, standing, onHandedOn } = properties;
  const [mode, setMode] = useState<Mode>("choose");
  const answering = useAnswer(item, onOutcome);
  const voting = useVoting(standing);
  const exchanges = useExchanges(item, !question.actions.includes("ask") ? "never" : outcome ? "once" : "steady");
  const { description, calls, artifact, needed } = question;
  if (outcome) {
    return (
      <details>
        <summary>What was asked</summary>
        <Subject calls={calls} artifact={artifact} />
        <ExchangeList list={exchanges.list} />
      </details>
    );
  }
  return (
    <div class="approval">
      {description !== undefined && <p>{description}</p>}
      {mode !== "edit" && <Subject calls={calls} artifact={artifact} />}
      <ExchangeList list={exchanges.list} />
      {needed > 1 && <p class="muted">{needed} people have to approve this.</p>}
      <VoterField standing={standing} voting={voting} />
      <ModeForm
        mode={mode}
        onMode={setMode}
        question={question}
        canHandOn={item.kind === "approval" && standing.decides !== "nobody"}
        answering={answering}
        voting={voting}
        exchanges={exchanges}
        onHandedOn={onHandedOn}
      />
      <Problem text={answering.error} />
    </div>
  );
}

interface ModeProperties {
  mode: Mode;
  onMode: (mode: Mode) => void;
  question: Extract<Question, { kind: "approval" }>;
  canHandOn: boolean;
  answering: Answering;
  voting: Voting;
  exchanges: Exchanges;
  onHandedOn: (to: string) => void;
}

function ModeForm(properties: ModeProperties): ComponentChildren {
  const { mode, onMode, question, canHandOn, answering, voting, exchanges, onHandedOn } = properties;
  const { voter, isBlocked } = voting;
  const { isSending } = answering;
  const back = () => onMode("choose");
  const decide = (answer: JsonObject, text: string, tone: "ok" | "failed" | "neutral") =>
    void answering.answer({ ...answer, ...(voter !== undefined && { voter }) }, { text, tone });
  const form = { isSending, onBack: back };
  switch (mode) {
    case "choose":
      return (
        <Choices
          question={question}
          answering={answering}
          voting={voting}
          decide={decide}
          canHandOn={canHandOn}
          onMode={onMode}
        />
      );
    case "edit":
      return (
        <EditForm
          {...form}
          isBlocked={isBlocked}
          groups={editableOf(question)}
          onEdited={(values) => {
            const editedArtifactData = editedOf(question, values);
            decide({ action: "edit-accept", editedArtifactData }, "You approved this with your changes", "ok");
          }}
        />
      );
    case "reject":
      return (
        <WordsForm
          {...form}
          wording={rejectWording}
          onWords={(feedback) => {
            const answer = { action: "reject", ...(feedback !== "" && { feedback }) };
            decide(answer, feedback === "" ? "You rejected this" : `You rejected this: ${feedback}`, "failed");
          }}
        />
      );
    case "refine":
      return (
        <WordsForm
          {...form}
          wording={refineWording}
          onWords={(text) => {
            const answer = { action: "refine", refineFeedback: { scope: "whole", text } };
            decide(answer, `You sent this back: ${text}`, "neutral");
          }}
        />
      );
    case "ask":
      return (
        <WordsForm
          {...form}
          wording={askWording}
          onWords={async (words) => {
            if (!(await answering.say({ action: "ask", question: words }))) return;
            exchanges.readAgain();
            back();
          }}
        />
      );
    case "hand-on":
      return (
        <WordsForm
          {...form}
          wording={handOnWording}
          onWords={async (name) => {
            if (!(await answering.handOn(name))) return;
            onHandedOn(name);
            back();
          }}
        />
      );
  }
}

const sentence = { tone: "is-primary", isNeeded: true, maxLength: 2_000, isLong: true } as const;

const rejectWording: Wording = {
  asks: "Why not? The agent reads this. You may leave it empty.",
  submit: "Reject",
  tone: "is-danger",
  isNeeded: false,
  maxLength: 500,
  isLong: false,
};
const refineWording: Wording = {
  ...sentence,
  asks: "What should be different? It is done again.",
  submit: "Send back",
};
const askWording: Wording = {
  ...sentence,
  asks: "What do you want to know? This stays open meanwhile.",
  submit: "Ask",
};
const handOnWording: Wording = {
  asks: "Who else may decide? Write their name.",
  submit: "Add",
  tone: "is-primary",
  isNeeded: true,
  maxLength: 256,
  isLong: false,
};

/** The name of what is edited, where it is no tool call. */
const WHOLE = "what is to be approved";

function editableOf({ calls, artifact }: ModeProperties["question"]): Editable[] {
  if (calls.length > 0) return calls.map((call) => ({ id: call.callId, values: call.arguments }));
  return [{ id: WHOLE, values: { [WHOLE]: artifact ?? "" } }];
}

function editedOf({ calls }: ModeProperties["question"], values: readonly JsonObject[]) {
  if (calls.length === 0) return values[0]?.[WHOLE] ?? null;
  return { items: calls.map((call, index) => ({ ...call.original, arguments: values[index] ?? {} })) };
}
