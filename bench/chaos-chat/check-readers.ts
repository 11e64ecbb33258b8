// Checks of live readers: each heard every message of its thread once, in order, over any number of reconnects.

import type { Body } from "../chaos/client.ts";
import type { Findings } from "../chaos/findings.ts";
import { pause } from "../chaos/world.ts";
import type { Evidence } from "./evidence.ts";
import type { AnsweredCard, Person } from "./people.ts";

const FOLLOWER_DEADLINE_MS = 5_000;

export async function checkReaders({ people, threads }: Evidence, findings: Findings): Promise<void> {
  for (const person of people) {
    const stored = threads.get(person.follower.threadId) ?? [];
    await heardAll(person, stored.length);
    checkReader(person, stored, findings);
    for (const card of person.cards.values()) checkCard(card, findings);
    for (const notice of person.noticed) findings.broken(notice);
  }
}

/** The last messages may still be on their way. */
async function heardAll({ follower }: Person, count: number): Promise<void> {
  const untilMs = Date.now() + FOLLOWER_DEADLINE_MS;
  while (follower.seen.length < count && Date.now() < untilMs) await pause(20);
}

function checkReader({ follower }: Pick<Person, "follower">, stored: readonly Body[], findings: Findings): void {
  const { threadId, seen, positions } = follower;
  const expected = stored.map(({ messageId }) => messageId as string);
  const missed = expected.filter((messageId) => !seen.includes(messageId));
  if (missed.length > 0) {
    findings.lost(`a reader of ${threadId} never heard ${missed.length} messages, e.g. ${missed[0]}`);
  }
  if (new Set(seen).size !== seen.length) findings.duplicated(`a reader of ${threadId} heard a message twice`);
  const gap = positions.findIndex((position, at) => position !== at + 1);
  if (gap !== -1) findings.broken(`a reader of ${threadId} heard position ${positions[gap]} as number ${gap + 1}`);
  if (missed.length === 0 && seen.join() !== expected.join()) {
    findings.broken(`a reader of ${threadId} heard the messages in another order than they stand`);
  }
}

/** At most one try was taken; the others heard that it is over. */
function checkCard({ interruptId, statuses }: AnsweredCard, findings: Findings): void {
  const taken = statuses.filter((status) => status === 200).length;
  if (taken > 1) findings.duplicated(`the card ${interruptId} was answered ${taken} times with 200`);
  const odd = statuses.find((status) => ![200, 409, 503, undefined].includes(status));
  if (odd !== undefined) findings.broken(`an answer to the card ${interruptId} got ${odd}`);
}
