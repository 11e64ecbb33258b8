// Whom a question waits for, and in whose name the person who looks at it can decide. Pure.

import type { PendingItem, Session } from "../api/types.ts";

/** Of those who may decide in the name of another. */
const VOTE_FOR_OTHERS = "approvals:vote-for-others";
/** More names than these are counted, not listed. */
const SHOWN_NAMES = 3;

export interface Standing {
  /** Whom it waits for, for the head of the card. */
  words: string;
  /** False: the words name others. */
  isYours: boolean;
  /** `others`: only in the name of one of `voters`. `nobody`: not from here. */
  decides: "self" | "others" | "nobody";
  voters: readonly string[];
}

/** `handedTo`: people who were added here and that the item does not name yet. */
export function standingOf(
  item: PendingItem,
  session: Session | undefined,
  handedTo: readonly string[] = [],
): Standing {
  const asked = [...new Set([...(item.approvers ?? []), ...handedTo])];
  const isYours = asked.length === 0 || (session !== undefined && asked.includes(session.principal));
  const words = isYours ? "Waiting for you" : `Waiting for ${namesOf(asked)}`;
  const { approversList } = item.data;
  // Who was only added takes nobody's say away: a question that lists no one stays open to all.
  const isClosed = Array.isArray(approversList) && approversList.length > 0;
  if (isYours || !isClosed) return { words, isYours, decides: "self", voters: [] };
  if (!session?.scopes.includes(VOTE_FOR_OTHERS)) return { words, isYours, decides: "nobody", voters: [] };
  return { words, isYours, decides: "others", voters: asked };
}

/** "anna", "anna and ben", "anna, ben, carl and 4 more". */
function namesOf(names: readonly string[]): string {
  const more = names.length - SHOWN_NAMES;
  const parts = more > 0 ? [...names.slice(0, SHOWN_NAMES), `${more} more`] : names;
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
