// Which threads have something unread: what was last seen of each, kept in this browser.

import type { ThreadSummary } from "../api/types.ts";
import { type Cell, cell } from "../ui/cell.ts";
import { presentMs } from "../ui/time.ts";

const KEY = "parley.read";
/** Older marks are dropped: threads that long past are not listed either. */
const MOST_MARKS = 300;

interface Marks {
  /** Nothing from before the first visit counts as unread. */
  sinceMs: number;
  seen: Record<string, number>;
}

export interface ReadMarks {
  readonly changed: Cell<number>;
  isUnread(thread: ThreadSummary): boolean;
  markRead(threadId: string, atMs: number): void;
}

export function createReadMarks(): ReadMarks {
  const changed = cell(0);
  let marks = load();
  return {
    changed,
    isUnread: ({ threadId, lastAt }) => Date.parse(lastAt) > (marks.seen[threadId] ?? marks.sinceMs),
    markRead(threadId, atMs) {
      if ((marks.seen[threadId] ?? 0) >= atMs) return;
      const latest = Object.entries({ ...marks.seen, [threadId]: atMs }).sort((a, b) => b[1] - a[1]);
      marks = { ...marks, seen: Object.fromEntries(latest.slice(0, MOST_MARKS)) };
      save(marks);
      changed.set(changed.get() + 1);
    },
  };
}

function load(): Marks {
  const first = { sinceMs: presentMs(), seen: {} };
  try {
    const kept = localStorage.getItem(KEY);
    if (kept !== null) return JSON.parse(kept) as Marks;
    save(first);
  } catch {
    // No storage here: everything up to now counts as read.
  }
  return first;
}

function save(marks: Marks): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(marks));
  } catch {
    // It is asked again on the next visit.
  }
}
