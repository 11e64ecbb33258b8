// The ways a message is shown: spoken, being typed, waiting for its turn, on its way.

import type { JSX } from "preact";
import { nameOf } from "../agents/names.ts";
import type { Message } from "../api/types.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { useConsole } from "../shell/context.ts";
import { useCell } from "../ui/cell.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { Icon } from "../ui/icons.tsx";
import { memo } from "../ui/memo.ts";
import { clock, dayName, fullTime, seconds, useNow } from "../ui/time.ts";
import type { LiveThread } from "./live-thread.ts";
import type { Outgoing } from "./thread-state.ts";

export function DayLine({ atMs }: { atMs: number }): JSX.Element {
  const nowMs = useNow(60_000);
  return (
    <h3 class="day">
      <span>{dayName(atMs, nowMs)}</span>
    </h3>
  );
}

interface SpokenProperties {
  message: Message;
  /** It is another answer to a message that was answered before. */
  again: boolean;
  onRetry: (messageId: string) => void;
  onTrace: (messageId: string) => void;
}

export const SpokenMessage = memo(function SpokenMessage({ message, again, onRetry, onTrace }: SpokenProperties) {
  const { messageId, role, text, at } = message;
  const speaker = useSpeaker(message);
  const atMs = Date.parse(at);
  return (
    <article class={`message message-${role}`} aria-label={speaker} data-message={messageId}>
      <header class="message-head">
        {role === "user" ? (
          <TraceButton messageId={messageId} onTrace={onTrace} />
        ) : (
          <span class="speaker">{speaker}</span>
        )}
        {again && <span class="chip">new answer</span>}
        <time dateTime={at} title={fullTime(atMs)}>
          {clock(atMs)}
        </time>
      </header>
      <div class="message-text">{role === "user" ? <PlainText text={text} /> : <Markdown text={text} />}</div>
      {role !== "user" && (
        <footer class="message-actions">
          <CopyButton text={text} label="Copy" />
          <button type="button" class="quiet-button" onClick={() => onRetry(message.inReplyTo ?? messageId)}>
            <Icon name="retry" size={16} />
            <span>Retry this turn</span>
          </button>
          <button type="button" class="quiet-button" onClick={() => onTrace(messageId)}>
            <Icon name="trace" size={16} />
            <span>How it came about</span>
          </button>
        </footer>
      )}
    </article>
  );
});

function TraceButton({ messageId, onTrace }: { messageId: string; onTrace: (id: string) => void }): JSX.Element {
  return (
    <button type="button" class="quiet-button" onClick={() => onTrace(messageId)}>
      Where is my message?
    </button>
  );
}

function useSpeaker({ role, agent }: Message): string {
  const roster = useCell(useConsole().roster).value?.roster;
  return role === "user" ? "You" : role === "system" ? "parley" : nameOf(agent, roster);
}

/** What a person wrote is shown as they wrote it. */
function PlainText({ text }: { text: string }): JSX.Element {
  return <p class="plain">{text}</p>;
}

export function LiveMessage({ text }: { text: string }): JSX.Element {
  return (
    <article class="message message-agent is-live" aria-label="The answer as it is written" aria-busy="true">
      <div class="message-text">
        <Markdown text={text} />
      </div>
    </article>
  );
}

export function QueuedMessage({ message, onTrace }: { message: Message; onTrace: (id: string) => void }): JSX.Element {
  return (
    <article class="message message-user is-queued" aria-label="You, queued" data-message={message.messageId}>
      <div class="message-text">
        <PlainText text={message.text} />
      </div>
      <p class="message-standing">
        <Icon name="clock" size={16} />
        <span>Queued: waits for its turn</span>
        <TraceButton messageId={message.messageId} onTrace={onTrace} />
      </p>
    </article>
  );
}

export function OutgoingMessage({ outgoing, thread }: { outgoing: Outgoing; thread: LiveThread }): JSX.Element {
  const { standing, text, clientMessageId } = outgoing;
  return (
    <article class={`message message-user is-outgoing is-${standing.kind}`} aria-label="You, not sent yet">
      <div class="message-text">
        <PlainText text={text} />
      </div>
      <p class="message-standing" role={standing.kind === "refused" ? "alert" : undefined}>
        {standing.kind === "sending" && <span>Sending…</span>}
        {standing.kind === "retrying" && <RetryingLine atMs={standing.atMs} />}
        {standing.kind === "refused" && (
          <>
            <Icon name="alert" size={16} />
            <span>Not sent: {standing.reason}</span>
          </>
        )}
        {standing.kind !== "sending" && (
          <>
            <button type="button" class="quiet-button" onClick={() => thread.sendAgain(clientMessageId)}>
              Try now
            </button>
            <button type="button" class="quiet-button" onClick={() => thread.discard(clientMessageId)}>
              Discard
            </button>
          </>
        )}
      </p>
    </article>
  );
}

function RetryingLine({ atMs }: { atMs: number }): JSX.Element {
  const nowMs = useNow(1_000);
  return (
    <>
      <Icon name="clock" size={16} />
      <span>Not sent yet. Trying again in {seconds(atMs - nowMs)}</span>
    </>
  );
}
