// What the search finds, best first. Pure.

export interface Target {
  kind: "Chat" | "Run" | "Agent" | "Page";
  title: string;
  detail: string;
  address: string;
}

const MOST_FOUND = 12;

/** Every word must occur; a title that begins with the words comes first. Without words the first targets. */
export function findTargets(targets: readonly Target[], query: string): Target[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const scored = targets.flatMap((target, index) => {
    const score = scoreOf(target, words);
    return score < 0 ? [] : [{ target, score, index }];
  });
  scored.sort((a, b) => b.score - a.score || a.index - b.index);
  return scored.slice(0, MOST_FOUND).map(({ target }) => target);
}

function scoreOf({ title, detail, kind }: Target, words: readonly string[]): number {
  const name = title.toLowerCase();
  const all = `${name} ${detail.toLowerCase()} ${kind.toLowerCase()}`;
  let score = 0;
  for (const word of words) {
    if (!all.includes(word)) return -1;
    if (name.startsWith(word)) score += 3;
    else if (name.includes(word)) score += 2;
    else score += 1;
  }
  return score;
}
