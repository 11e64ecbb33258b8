// The card of one question, wherever it is shown: what is asked, until when, the answer in place, then the outcome.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { PendingItem } from "../api/types.ts";
import type { Outcome } from "../chat/thread-state.ts";
import { Icon } from "../ui/icons.tsx";
import { clock, seconds, useNow } from "../ui/time.ts";
import { ApprovalForm } from "./approval-form.tsx";
import { ClarificationForm } from "./clarification-form.tsx";
import { ConversationForm } from "./conversation-form.tsx";
import { type Question, questionOf } from "./question.ts";
import type { Standing } from "./standing.ts";
import { useStanding } from "./use-standing.ts";

export interface CardProperties {
  item: PendingItem;
  outcome: Outcome | undefined;
  onOutcome: (outcome: Outcome) => void;
  /** The heading is shown elsewhere. */
  bare?: boolean;
}

export function QuestionCard({ item, outcome, onOutcome, bare = false }: CardProperties): JSX.Element {
  const question = questionOf(item);
  // The list names them when it is read again; the thread's stream does not say it.
  const [handedTo, setHandedTo] = useState<readonly string[]>([]);
  const standing = useStanding(item, handedTo);
  return (
    <section class={`card question ${outcome ? "is-settled" : ""}`} aria-label={question.title}>
      {!bare && !outcome && (
        <header class="question-head">
          <span class="state state-waiting">
            <Icon name="clock" size={16} />
            <span class="question-for">
              {question.kind === "clarification" ? "A question for you" : standing.words}
            </span>
          </span>
          <Deadline expiresAt={item.expiresAt} />
        </header>
      )}
      {!bare && question.kind !== "clarification" && <h3>{question.title}</h3>}
      {bare && !outcome && !standing.isYours && <p class="question-for muted">{standing.words}</p>}
      <Body
        question={question}
        item={item}
        outcome={outcome}
        onOutcome={onOutcome}
        bare={bare}
        standing={standing}
        onHandedOn={(to) => setHandedTo([...handedTo, to])}
      />
      {outcome && <OutcomeLine outcome={outcome} />}
    </section>
  );
}

interface BodyProperties extends Required<CardProperties> {
  question: Question;
  standing: Standing;
  onHandedOn: (to: string) => void;
}

function Body({ question, standing, onHandedOn, bare, ...rest }: BodyProperties): ComponentChildren {
  switch (question.kind) {
    case "approval":
      return <ApprovalForm question={question} standing={standing} onHandedOn={onHandedOn} {...rest} />;
    case "clarification":
      return <ClarificationForm question={question} isTitled={bare} {...rest} />;
    case "conversation":
      return <ConversationForm question={question} {...rest} />;
    case "waiting":
      return <p class="muted">{question.description}</p>;
  }
}

function OutcomeLine({ outcome }: { outcome: Outcome }): JSX.Element {
  return (
    <p class={`outcome state-${outcome.tone}`} role="status">
      <Icon name={outcome.tone === "ok" ? "check" : outcome.tone === "failed" ? "close" : "clock"} size={16} />
      <span>{outcome.text}</span>
      <span class="muted">{clock(outcome.atMs)}</span>
    </p>
  );
}

const SOON_MS = 60_000;

/** How long there is time to answer; says nothing where there is no limit. */
export function Deadline({ expiresAt }: { expiresAt: string | undefined }): JSX.Element | null {
  const nowMs = useNow(1_000, expiresAt !== undefined);
  if (expiresAt === undefined) return null;
  const leftMs = Date.parse(expiresAt) - nowMs;
  const words = leftMs <= 0 ? "time is up" : `${seconds(leftMs)} left`;
  return (
    <span
      class={`deadline ${leftMs < SOON_MS ? "is-soon" : ""}`}
      title={`Until ${new Date(expiresAt).toLocaleString()}`}
    >
      {words}
    </span>
  );
}
