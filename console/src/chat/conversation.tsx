// One conversation: what was said, what is happening now, and where to write.
//
//   V1. It stays at the end while the person is at the end, and where it is when they read further up.
//   V2. Only the newest items are built; scrolling up builds, then loads, older ones.

import type { ComponentChildren, JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { messageOf } from "../api/client.ts";
import { QuestionCard } from "../interrupts/card.tsx";
import { useConsole } from "../shell/context.ts";
import { addressOf } from "../shell/router.ts";
import { useCell } from "../ui/cell.ts";
import { Icon } from "../ui/icons.tsx";
import { Problem } from "../ui/problem.tsx";
import { Composer } from "./composer.tsx";
import { Greeting } from "./greeting.tsx";
import { type Item, layOut } from "./layout.ts";
import type { LiveThread } from "./live-thread.ts";
import { DayLine, LiveMessage, OutgoingMessage, QueuedMessage, SpokenMessage } from "./messages.tsx";
import { OfflineBanner } from "./offline-banner.tsx";
import { TraceDialog } from "./trace-dialog.tsx";
import { WorkingLine } from "./working-line.tsx";

const FIRST_ITEMS = 60;
const MORE_ITEMS = 60;
/** This near to an edge counts as being there. */
const NEAR_PX = 120;
/** Above an open question. */
const QUESTION_MARGIN_PX = 12;

export interface ConversationProperties {
  thread: LiveThread;
  draftName: string;
  /** There is a list to go back to. */
  canGoBack: boolean;
  onFirstSend: () => void;
}

export function Conversation({ thread, draftName, canGoBack, onFirstSend }: ConversationProperties): JSX.Element {
  const console = useConsole();
  const state = useCell(thread.state);
  const loadError = useCell(thread.error);
  const threads = useCell(console.threads).value;
  const [traced, setTraced] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const { items, workingRunId } = useMemo(() => layOut(state), [state]);
  const view = useConversationView(thread, items);
  const listed = threads?.find((one) => one.threadId === thread.threadId)?.title;
  const title = listed ?? (state.olderCursor === undefined ? state.messages[0]?.text.slice(0, 80) : undefined);
  const isEmpty = state.loaded && items.length === 0;
  const say = useCallback((error: unknown) => setProblem(messageOf(error)), []);
  const retry = useCallback(
    (messageId: string) => void thread.retry(messageId).then(() => setProblem(undefined), say),
    [thread, say],
  );
  const trace = useCallback((messageId: string) => setTraced(messageId), []);
  const send = (text: string, agent?: string) => {
    setProblem(undefined);
    thread.send(text, agent);
    onFirstSend();
    view.toEnd();
  };
  return (
    <section class="conversation" aria-label={title ?? "New chat"}>
      <ConversationHead title={title ?? (isEmpty ? "New chat" : "Chat")} canGoBack={canGoBack} />
      <OfflineBanner />
      <div class="conversation-scroll" ref={view.scroller} onScroll={view.onScroll}>
        {isEmpty ? (
          <Greeting onSuggestion={(text) => send(text)} />
        ) : (
          <div class="conversation-items" ref={view.content}>
            {view.hasEarlier && <p class="earlier muted">Earlier messages load as you scroll up.</p>}
            {view.items.map((item) => (
              <ShownItem key={item.key} item={item} thread={thread} onRetry={retry} onTrace={trace} onProblem={say} />
            ))}
          </div>
        )}
      </div>
      {view.isAway && (
        <button type="button" class="to-end button is-small" onClick={view.toEnd}>
          <Icon name="down" size={16} />
          To the newest
        </button>
      )}
      <div class="conversation-foot">
        <Problem text={problem ?? loadError} />
        <Composer draftName={draftName} isNew={isEmpty} isWorking={workingRunId !== undefined} onSend={send} />
      </div>
      {traced !== undefined && (
        <TraceDialog
          messageId={traced}
          title={
            state.messages.some((one) => one.messageId === traced && one.role !== "user")
              ? "How it came about"
              : "Where is my message?"
          }
          onClose={() => setTraced(undefined)}
        />
      )}
    </section>
  );
}

function ConversationHead({ title, canGoBack }: { title: string; canGoBack: boolean }): JSX.Element {
  return (
    <header class="conversation-head">
      {canGoBack && (
        <a class="icon-button phone-only" href={addressOf({ page: "chat" })} aria-label="All conversations">
          <Icon name="back" />
        </a>
      )}
      <h2>{title}</h2>
    </header>
  );
}

interface ItemProperties {
  item: Item;
  thread: LiveThread;
  onRetry: (messageId: string) => void;
  onTrace: (messageId: string) => void;
  onProblem: (error: unknown) => void;
}

function ShownItem({ item, thread, onRetry, onTrace, onProblem }: ItemProperties): ComponentChildren {
  switch (item.kind) {
    case "day":
      return <DayLine atMs={item.atMs} />;
    case "message":
      return <SpokenMessage message={item.message} again={item.again} onRetry={onRetry} onTrace={onTrace} />;
    case "live":
      return <LiveMessage text={item.text} />;
    case "working":
      return <WorkingLine thread={thread} runId={item.runId} isAsking={item.isAsking} onProblem={onProblem} />;
    case "queued":
      return <QueuedMessage message={item.message} onTrace={onTrace} />;
    case "outgoing":
      return <OutgoingMessage outgoing={item.outgoing} thread={thread} />;
    case "card": {
      const { interruptId } = item.card.item;
      return (
        <QuestionCard
          item={item.card.item}
          outcome={item.card.outcome}
          onOutcome={(outcome) => thread.noteAnswer(interruptId, outcome)}
        />
      );
    }
  }
}

/** Where the end begins to be seen: an open question that is taller than the window is read from its top. */
function endOf(element: HTMLElement): number {
  const end = element.scrollHeight - element.clientHeight;
  const question = element.querySelector(".question:not(.is-settled)");
  if (!question) return end;
  const top = question.getBoundingClientRect().top - element.getBoundingClientRect().top + element.scrollTop;
  return Math.min(end, Math.max(0, top - QUESTION_MARGIN_PX));
}

/** Never upwards: who has scrolled down to the buttons of a question stays there. */
function keepAtEnd(element: HTMLElement): void {
  element.scrollTop = Math.max(element.scrollTop, endOf(element));
}

/** The window of items that is built, and the place in it. */
function useConversationView(thread: LiveThread, items: readonly Item[]) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const hasItems = items.length > 0;
  const [count, setCount] = useState(FIRST_ITEMS);
  const [isAway, setAway] = useState(false);
  const followsEnd = useRef(true);
  /** Height below the top edge before older items came: what the person reads keeps its place (V1). */
  const heightBefore = useRef<number | undefined>(undefined);
  const hasOlder = thread.state.get().olderCursor !== undefined;
  const shown = items.slice(-count);
  const firstKey = shown[0]?.key;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && heightBefore.current !== undefined) element.scrollTop += element.scrollHeight - heightBefore.current;
    heightBefore.current = undefined;
  }, [firstKey]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && followsEnd.current) keepAtEnd(element);
  });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    // The window grows and shrinks with the keyboard of a phone and with the composer, a card with what is asked in it.
    const observer = new ResizeObserver(() => {
      if (followsEnd.current) keepAtEnd(element);
    });
    observer.observe(element);
    if (content.current) observer.observe(content.current);
    return () => observer.disconnect();
  }, [hasItems]);
  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    followsEnd.current = endOf(element) - element.scrollTop < NEAR_PX;
    setAway(!followsEnd.current);
    if (element.scrollTop > NEAR_PX) return;
    if (items.length > count) {
      heightBefore.current = element.scrollHeight;
      setCount(count + MORE_ITEMS);
    } else if (hasOlder) {
      void thread.loadOlder().then(() => {
        heightBefore.current = element.scrollHeight;
        setCount((before) => before + MORE_ITEMS);
      });
    }
  };
  const toEnd = useCallback(() => {
    followsEnd.current = true;
    setAway(false);
    if (scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, []);
  return { scroller, content, items: shown, isAway, toEnd, onScroll, hasEarlier: items.length > count || hasOlder };
}
