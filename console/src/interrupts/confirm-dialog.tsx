// The last look before a decision by keyboard: the exact arguments, and one button.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PendingItem } from "../api/types.ts";
import type { Outcome } from "../chat/thread-state.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Problem } from "../ui/problem.tsx";
import { Subject } from "./arguments.tsx";
import { questionOf } from "./question.ts";
import { useAnswer } from "./use-answer.ts";
import { useStanding } from "./use-standing.ts";
import { useVoting, VoterField } from "./voter-field.tsx";

export interface ConfirmProperties {
  item: PendingItem;
  action: "accept" | "reject";
  onClose: () => void;
  onOutcome: (outcome: Outcome) => void;
}

export function ConfirmDialog({ item, action, onClose, onOutcome }: ConfirmProperties): JSX.Element | null {
  const question = questionOf(item);
  const [reason, setReason] = useState("");
  const { isSending, error, answer } = useAnswer(item, onOutcome);
  const standing = useStanding(item);
  const voting = useVoting(standing);
  if (question.kind !== "approval") return null;
  const words = wordsFor(question, action);
  const asksWhy = action === "reject" && !question.isStop;
  const decide = (event: Event) => {
    event.preventDefault();
    if (voting.isBlocked) return;
    const feedback = reason.trim();
    const { voter } = voting;
    const value = { action, ...(feedback !== "" && { feedback }), ...(voter !== undefined && { voter }) };
    void answer(question.decision ?? value, { text: words.said, tone: words.tone });
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <form class="stack" onSubmit={decide}>
        <h3>{question.title}</h3>
        {question.description !== undefined && <p>{question.description}</p>}
        <Subject calls={question.calls} artifact={question.artifact} />
        <VoterField standing={standing} voting={voting} />
        {asksWhy && (
          <label class="field">
            <span>Why not? The agent reads this. You may leave it empty.</span>
            <input
              class="input"
              autoFocus
              value={reason}
              maxLength={500}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
        )}
        <Problem text={error} />
        <div class="choices">
          <button
            type="submit"
            class={`button ${words.tone === "failed" ? "is-danger" : "is-primary"}`}
            disabled={isSending || voting.isBlocked}
            // biome-ignore lint/a11y/noAutofocus: a dialog that the person opened; the focus goes back when it closes
            autoFocus={!asksWhy}
          >
            {isSending ? "Sending…" : words.button}
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface Words {
  title: string;
  button: string;
  said: string;
  tone: "ok" | "failed";
}

function wordsFor({ isStop }: { isStop: boolean }, action: "accept" | "reject"): Words {
  if (action === "accept") {
    return isStop
      ? { title: "Stop the run?", button: "Stop the run", said: "You stopped the run", tone: "failed" }
      : { title: "Approve this?", button: "Approve", said: "You approved this", tone: "ok" };
  }
  return isStop
    ? { title: "Let the run go on?", button: "Go on", said: "You let the run go on", tone: "ok" }
    : { title: "Reject this?", button: "Reject", said: "You rejected this", tone: "failed" };
}
