// The inbox: everything that waits for a person, over all threads, most urgent first, answered in place.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { PendingItem, ThreadSummary } from "../api/types.ts";
import type { Outcome } from "../chat/thread-state.ts";
import { useConsole } from "../shell/context.ts";
import { addressOf } from "../shell/router.ts";
import { useCell } from "../ui/cell.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { Icon } from "../ui/icons.tsx";
import { presentMs, shortTime, useNow } from "../ui/time.ts";
import { Deadline, QuestionCard } from "./card.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { byDeadline, questionOf } from "./question.ts";

/** A question stays in the list with its outcome until the person leaves the page. */
type Settled = ReadonlyMap<string, { item: PendingItem; outcome: Outcome }>;

export function InboxPage(): JSX.Element {
  const console = useConsole();
  const pending = useCell(console.pending);
  const threads = useCell(console.threads).value ?? [];
  const [settled, setSettled] = useState<Settled>(new Map());
  const [openId, setOpenId] = useState<string | undefined>(undefined);
  const [confirming, setConfirming] = useState<{ item: PendingItem; action: "accept" | "reject" } | undefined>(
    undefined,
  );
  const list = useRef<HTMLOListElement>(null);
  const items = byDeadline(withSettled(pending.value ?? [], settled));
  const finish = (item: PendingItem, outcome: Outcome) => {
    // Answers that are on their way may end in any order, and each later than this list was drawn.
    setSettled((before) => new Map(before).set(item.interruptId, { item, outcome }));
    console.thread.get()?.noteAnswer(item.interruptId, outcome);
    console.dropPending(item.interruptId);
    console.readSoon();
  };
  // What was known before may be over by now: it is not missed.
  const [isRead, setRead] = useState(false);
  useEffect(() => void console.readPending().then(() => setRead(true)), [console]);
  useGone(isRead ? pending.value : undefined, openId, settled, finish);
  useInboxKeys(list, items, settled, setConfirming);
  // The first one opens by itself, once: nothing changes under the hand of who is about to press a button.
  const [first] = items;
  useLayoutEffect(() => {
    if (openId === undefined && first) setOpenId(first.interruptId);
  }, [openId, first]);
  return (
    <div class="page">
      <InboxHead />
      {pending.error !== undefined && pending.value === undefined && <p class="problem">{pending.error}</p>}
      {pending.value !== undefined && items.length === 0 && (
        <EmptyState
          icon="inbox"
          title="Nothing waits for you"
          text="When an agent needs your word, it is asked here."
          action={{ words: "Go to the chat", address: "#/chat" }}
        />
      )}
      <ol class="inbox" ref={list}>
        {items.map((item) => (
          <Row
            key={item.interruptId}
            item={item}
            thread={threads.find((thread) => thread.threadId === item.threadId)}
            outcome={settled.get(item.interruptId)?.outcome}
            isOpen={item.interruptId === openId}
            onToggle={() => setOpenId(item.interruptId === openId ? "" : item.interruptId)}
            onOutcome={(outcome) => finish(item, outcome)}
          />
        ))}
      </ol>
      {confirming && (
        <ConfirmDialog
          item={confirming.item}
          action={confirming.action}
          onClose={() => setConfirming(undefined)}
          onOutcome={(outcome) => {
            finish(confirming.item, outcome);
            setConfirming(undefined);
          }}
        />
      )}
    </div>
  );
}

/** The open question does not vanish before the eyes of who reads it: it ends on its card. */
function useGone(
  pending: readonly PendingItem[] | undefined,
  openId: string | undefined,
  settled: Settled,
  finish: (item: PendingItem, outcome: Outcome) => void,
): void {
  const lastSeen = useRef<PendingItem | undefined>(undefined);
  useEffect(() => {
    if (pending === undefined || openId === undefined) return;
    const item = pending.find((one) => one.interruptId === openId);
    const gone = item || settled.has(openId) ? undefined : lastSeen.current;
    lastSeen.current = item;
    if (gone?.interruptId !== openId) return;
    const isLate = gone.expiresAt !== undefined && Date.parse(gone.expiresAt) <= presentMs();
    const text = isLate ? "Nobody answered in time" : "Settled elsewhere";
    finish(gone, { text, tone: "neutral", atMs: presentMs() });
  });
}

function InboxHead(): JSX.Element {
  return (
    <header class="page-head">
      <h1>Inbox</h1>
      <p class="keys muted">
        <kbd>j</kbd> <kbd>k</kbd> move · <kbd>Enter</kbd> open · <kbd>a</kbd> approve · <kbd>r</kbd> reject
      </p>
    </header>
  );
}

function withSettled(pending: readonly PendingItem[], settled: Settled): PendingItem[] {
  const open = pending.filter((item) => !settled.has(item.interruptId));
  return [...open, ...[...settled.values()].map(({ item }) => item)];
}

interface RowProperties {
  item: PendingItem;
  thread: ThreadSummary | undefined;
  outcome: Outcome | undefined;
  isOpen: boolean;
  onToggle: () => void;
  onOutcome: (outcome: Outcome) => void;
}

function Row({ item, thread, outcome, isOpen, onToggle, onOutcome }: RowProperties): JSX.Element {
  const question = questionOf(item);
  const nowMs = useNow(60_000);
  return (
    <li class={`inbox-row ${isOpen ? "is-open" : ""} ${outcome ? "is-settled" : ""}`}>
      <button
        type="button"
        class="inbox-head"
        aria-expanded={isOpen}
        data-interrupt={item.interruptId}
        onClick={onToggle}
      >
        <span class={`state ${outcome ? `state-${outcome.tone}` : "state-waiting"}`}>
          <Icon name={outcome ? "check" : "clock"} size={16} />
          <span class="unseen">{outcome ? "settled" : "waiting"}</span>
        </span>
        <span class="inbox-title">{question.title}</span>
        <span class="inbox-from muted">{thread?.title ?? (item.threadId ? "A chat" : "A run")}</span>
        {outcome ? (
          <span class="muted">{outcome.text}</span>
        ) : item.expiresAt === undefined ? (
          <span class="muted">{shortTime(Date.parse(item.requestedAt), nowMs)}</span>
        ) : (
          <Deadline expiresAt={item.expiresAt} />
        )}
      </button>
      {isOpen && (
        <div class="inbox-body">
          <QuestionCard item={item} outcome={outcome} onOutcome={onOutcome} bare />
          <p class="inbox-links">
            {item.threadId !== undefined && (
              <a href={addressOf({ page: "chat", threadId: item.threadId })}>Open the chat</a>
            )}
            <a href={addressOf({ page: "runs", runId: item.runId })}>See what led to this</a>
          </p>
        </div>
      )}
    </li>
  );
}

/** j and k move the focus over the rows; Enter is the row's own click; a and r ask once more before they decide. */
function useInboxKeys(
  list: { current: HTMLOListElement | null },
  items: readonly PendingItem[],
  settled: Settled,
  confirm: (what: { item: PendingItem; action: "accept" | "reject" }) => void,
): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      const rows = [...(list.current?.querySelectorAll<HTMLButtonElement>("[data-interrupt]") ?? [])];
      const at = rows.findIndex((row) => row.closest("li")?.contains(document.activeElement));
      if (event.key === "j" || event.key === "k") {
        event.preventDefault();
        const next = event.key === "j" ? Math.min(rows.length - 1, at + 1) : Math.max(0, at - 1);
        rows[next]?.focus();
      } else if (event.key === "a" || event.key === "r") {
        const item = items.find((one) => one.interruptId === rows[Math.max(0, at)]?.dataset.interrupt);
        const action = event.key === "a" ? "accept" : "reject";
        if (!item || settled.has(item.interruptId) || !offers(item, action)) return;
        event.preventDefault();
        confirm({ item, action });
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}

function offers(item: PendingItem, action: string): boolean {
  const question = questionOf(item);
  return question.kind === "approval" && question.actions.includes(action);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
  );
}
