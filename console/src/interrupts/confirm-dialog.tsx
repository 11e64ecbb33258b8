// The last look before a decision by keyboard: the exact arguments, and one button.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PendingItem } from "../api/types.ts";
import type { Outcome } from "../chat/thread-state.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Subject } from "./arguments.tsx";
import { questionOf } from "./question.ts";
import { useAnswer } from "./use-answer.ts";

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
  if (question.kind !== "approval") return null;
  const isAccept = action === "accept";
  const decide = (event: Event) => {
    event.preventDefault();
    const feedback = reason.trim();
    if (isAccept) void answer({ action }, { text: "You approved this", tone: "ok" });
    else void answer({ action, ...(feedback !== "" && { feedback }) }, { text: "You rejected this", tone: "failed" });
  };
  return (
    <Dialog title={isAccept ? "Approve this?" : "Reject this?"} onClose={onClose}>
      <form class="stack" onSubmit={decide}>
        <h3>{question.title}</h3>
        {question.description !== undefined && <p>{question.description}</p>}
        <Subject calls={question.calls} artifact={question.artifact} />
        {!isAccept && (
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
        {error !== undefined && (
          <p class="problem" role="alert">
            {error}
          </p>
        )}
        <div class="choices">
          <button
            type="submit"
            class={`button ${isAccept ? "is-primary" : "is-danger"}`}
            disabled={isSending}
            // biome-ignore lint/a11y/noAutofocus: a dialog that the person opened; the focus goes back when it closes
            autoFocus={isAccept}
          >
            {isSending ? "Sending…" : isAccept ? "Approve" : "Reject"}
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
