// The list of threads, latest first. j and k move through it.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ThreadSummary } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { addressOf, NEW_CHAT } from "../shell/router.ts";
import { useCell } from "../ui/cell.ts";
import { Icon } from "../ui/icons.tsx";
import { shortTime, useNow } from "../ui/time.ts";

export function ThreadList({ selected }: { selected: string | undefined }): JSX.Element {
  const console = useConsole();
  const threads = useCell(console.threads);
  const pending = useCell(console.pending).value ?? [];
  useCell(console.readMarks.changed);
  const nowMs = useNow(30_000);
  const list = useRef<HTMLUListElement>(null);
  const shown = threads.value?.find((thread) => thread.threadId === selected);
  useEffect(() => {
    // What is on the screen counts as read while the person can see it.
    if (shown && !document.hidden) console.readMarks.markRead(shown.threadId, Date.parse(shown.lastAt));
  }, [console, shown]);
  const asking = new Set(pending.map((item) => item.threadId));
  return (
    <nav class="threads" aria-label="Conversations">
      <header class="threads-head">
        <h1>Chat</h1>
        <a class="button is-small" href={addressOf({ page: "chat", threadId: NEW_CHAT })}>
          <Icon name="plus" size={16} />
          New chat
        </a>
      </header>
      {threads.value?.length === 0 && <p class="threads-empty muted">Your conversations appear here.</p>}
      <ul ref={list} onKeyDown={(event) => moveFocus(event, list.current)}>
        {threads.value?.map((thread) => (
          <ThreadRow
            key={thread.threadId}
            thread={thread}
            isSelected={thread.threadId === selected}
            isUnread={thread.threadId !== selected && console.readMarks.isUnread(thread)}
            isAsking={asking.has(thread.threadId)}
            nowMs={nowMs}
          />
        ))}
      </ul>
    </nav>
  );
}

interface ThreadRowProperties {
  thread: ThreadSummary;
  isSelected: boolean;
  isUnread: boolean;
  isAsking: boolean;
  nowMs: number;
}

function ThreadRow({ thread, isSelected, isUnread, isAsking, nowMs }: ThreadRowProperties): JSX.Element {
  const standing = isAsking ? "waits for you" : thread.runId !== undefined ? "working" : isUnread ? "new" : "";
  const network = thread.channel === "web" ? "" : thread.channel;
  return (
    <li>
      <a
        class={`thread ${isUnread ? "is-unread" : ""}`}
        href={addressOf({ page: "chat", threadId: thread.threadId })}
        aria-current={isSelected ? "page" : undefined}
      >
        <span class="thread-title">{thread.title ?? "Untitled"}</span>
        <time class="thread-time" dateTime={thread.lastAt}>
          {shortTime(Date.parse(thread.lastAt), nowMs)}
        </time>
        <span class="thread-standing">
          {network !== "" && <span class="network">{network}</span>}
          {standing !== "" && <span class={`standing standing-${standing.replaceAll(" ", "-")}`}>{standing}</span>}
        </span>
      </a>
    </li>
  );
}

function moveFocus(event: KeyboardEvent, list: HTMLUListElement | null): void {
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step === undefined || !list) return;
  const links = [...list.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
  event.preventDefault();
}
