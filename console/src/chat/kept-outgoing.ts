// Messages that parley has not accepted yet, kept over a reload of the page. Signing out forgets them.

import type { Outgoing } from "./thread-state.ts";

const PREFIX = "parley.outgoing.";
/** More in one thread are not kept: the oldest are nearer to being sent. */
const MOST_KEPT = 20;

export function keepOutgoing(threadId: string, outgoing: readonly Outgoing[]): void {
  const open = outgoing.filter((one) => one.messageId === undefined).slice(0, MOST_KEPT);
  try {
    if (open.length === 0) localStorage.removeItem(PREFIX + threadId);
    else localStorage.setItem(PREFIX + threadId, JSON.stringify(open));
  } catch {
    // No storage here: they live as long as the page.
  }
}

export function keptOutgoing(threadId: string): readonly Outgoing[] {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + threadId) ?? "[]") as Outgoing[];
  } catch {
    return [];
  }
}

export function forgetOutgoing(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
