// Half-written messages, kept over a change of page and over a reload, in this browser. Signing out forgets them.

const PREFIX = "parley.draft.";
/** Further drafts live as long as the page. */
const MOST_KEPT = 50;

/** What is on the screen, also where the browser keeps nothing. */
const drafts = new Map<string, string>();

/** `place`: the id of a thread, or the one name of the chat that has none yet. */
export function draftOf(place: string): string {
  const known = drafts.get(place);
  if (known !== undefined) return known;
  try {
    return localStorage.getItem(PREFIX + place) ?? "";
  } catch {
    return "";
  }
}

export function keepDraft(place: string, text: string): void {
  drafts.set(place, text);
  try {
    if (text === "") localStorage.removeItem(PREFIX + place);
    else if (keptKeys().filter((key) => key !== PREFIX + place).length < MOST_KEPT)
      localStorage.setItem(PREFIX + place, text);
  } catch {
    // No storage here: it lives as long as the page.
  }
}

export function forgetDrafts(): void {
  drafts.clear();
  try {
    for (const key of keptKeys()) localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}

function keptKeys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}
