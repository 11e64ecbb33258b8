// Settled questions, kept over a reload of the page: what was decided stays where it was asked. Signing out forgets them.

import type { Card } from "./thread-state.ts";

const PREFIX = "parley.settled.";
/** More of one thread, and more threads, are not kept: the newest count. The run itself remembers everything. */
const MOST_CARDS = 20;
const MOST_THREADS = 30;

export function keepCards(threadId: string, cards: readonly Card[]): void {
  const settled = cards.filter((card) => card.outcome !== undefined).slice(-MOST_CARDS);
  if (settled.length === 0) return;
  try {
    const others = keptKeys().filter((key) => key !== PREFIX + threadId);
    if (others.length >= MOST_THREADS) localStorage.removeItem(oldestOf(others));
    localStorage.setItem(PREFIX + threadId, JSON.stringify(settled));
  } catch {
    // No storage here: they live as long as the page.
  }
}

export function keptCards(threadId: string): readonly Card[] {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + threadId) ?? "[]") as Card[];
  } catch {
    return [];
  }
}

export function forgetCards(): void {
  try {
    for (const key of keptKeys()) localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}

function keptKeys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function oldestOf(keys: readonly string[]): string {
  const settledMs = (key: string) => keptCards(key.slice(PREFIX.length)).at(-1)?.outcome?.atMs ?? 0;
  return keys.reduce((oldest, key) => (settledMs(key) < settledMs(oldest) ? key : oldest));
}
