// Titles for threads that have none of their own: what was said in them, as far as it is known here.

import { type Api, BASE } from "../api/client.ts";
import type { MessagePage, ThreadSummary } from "../api/types.ts";

/** Untitled threads that are looked into; those further down the list are rarely seen. */
const MOST_LOOKED_INTO = 40;
const MOST_CHARACTERS = 80;

export interface Titles {
  /** The threads with a title each where one is known; looks for the missing ones, then calls `onFound`. */
  complete(threads: readonly ThreadSummary[], onFound: () => void): readonly ThreadSummary[];
  /** The words a thread began with. */
  note(threadId: string, text: string): void;
}

export function createTitles(api: Api): Titles {
  const known = new Map<string, string>();
  const asked = new Set<string>();
  const note = (threadId: string, text: string) => {
    known.set(threadId, text.replace(/\s+/g, " ").trim().slice(0, MOST_CHARACTERS));
  };
  const lookInto = async (threadIds: readonly string[], onFound: () => void) => {
    for (const threadId of threadIds) {
      const path = `${BASE}/threads/${encodeURIComponent(threadId)}?limit=1`;
      const page = await api.get<MessagePage>(path).catch(() => undefined);
      const [newest] = page?.messages ?? [];
      if (newest && !known.has(threadId)) note(threadId, newest.text);
    }
    if (threadIds.length > 0) onFound();
  };
  return {
    note,
    complete(threads, onFound) {
      const missing = threads
        .slice(0, MOST_LOOKED_INTO)
        .filter(({ threadId, title }) => title === undefined && !known.has(threadId) && !asked.has(threadId))
        .map(({ threadId }) => threadId);
      for (const threadId of missing) asked.add(threadId);
      void lookInto(missing, onFound);
      return threads.map((thread) => {
        const title = thread.title ?? known.get(thread.threadId);
        return title === undefined ? thread : { ...thread, title };
      });
    },
  };
}
