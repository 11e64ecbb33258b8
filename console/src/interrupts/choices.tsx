// The buttons of an approval: what decides at once, and what asks for a few words first.

import type { JSX } from "preact";
import type { JsonObject } from "../api/types.ts";
import type { Outcome } from "../chat/thread-state.ts";
import type { Question } from "./question.ts";
import type { Answering } from "./use-answer.ts";
import type { Voting } from "./voter-field.tsx";

/** What stands under the question: the buttons, or the form behind one of them. */
export type Mode = "choose" | "reject" | "refine" | "ask" | "edit" | "hand-on";

type Decide = (answer: JsonObject, text: string, tone: Outcome["tone"]) => void;

/** Buttons that lead to a form. Whoever asks back decides nothing. */
const ways: readonly { action: string; mode: Mode; words: string; isDecision: boolean }[] = [
  { action: "edit-accept", mode: "edit", words: "Change…", isDecision: true },
  { action: "refine", mode: "refine", words: "Send back…", isDecision: true },
  { action: "ask", mode: "ask", words: "Ask…", isDecision: false },
];

export interface ChoicesProperties {
  question: Extract<Question, { kind: "approval" }>;
  answering: Answering;
  voting: Voting;
  decide: Decide;
  canHandOn: boolean;
  onMode: (mode: Mode) => void;
}

export function Choices(properties: ChoicesProperties): JSX.Element {
  const { question, answering, voting, canHandOn, onMode } = properties;
  const { isSending } = answering;
  const isHeld = isSending || voting.isBlocked;
  return (
    <div class="choices">
      <Decisions {...properties} />
      {ways.map(({ action, mode, words, isDecision }) =>
        question.actions.includes(action) ? (
          <button
            key={mode}
            type="button"
            class="button"
            disabled={isDecision ? isHeld : isSending}
            onClick={() => onMode(mode)}
          >
            {words}
          </button>
        ) : null,
      )}
      {canHandOn && (
        <button type="button" class="quiet-button" disabled={isSending} onClick={() => onMode("hand-on")}>
          Add someone…
        </button>
      )}
    </div>
  );
}

/** Yes and no; of a question whether to stop, stop and go on. */
function Decisions({ question, answering, voting, decide, onMode }: ChoicesProperties): JSX.Element {
  const { actions, isStop, decision } = question;
  const { isSending } = answering;
  const isHeld = isSending || voting.isBlocked;
  const accept = () => {
    // An agent's decision is agreed to by handing it back.
    if (decision !== undefined) void answering.answer(decision, { text: "You approved this", tone: "ok" });
    else if (isStop) decide({ action: "accept" }, "You stopped the run", "failed");
    else decide({ action: "accept" }, "You approved this", "ok");
  };
  const refuse = () => {
    if (isStop) decide({ action: "reject" }, "You let the run go on", "ok");
    else onMode("reject");
  };
  return (
    <>
      {actions.includes("accept") && (
        <button
          type="button"
          class={`button ${isStop ? "is-danger" : "is-primary"}`}
          disabled={isHeld}
          onClick={accept}
        >
          {isSending ? "Sending…" : isStop ? "Stop the run" : "Approve"}
        </button>
      )}
      {actions.includes("reject") && (
        <button type="button" class="button" disabled={isHeld} onClick={refuse}>
          {isStop ? "Go on" : "Reject…"}
        </button>
      )}
    </>
  );
}
