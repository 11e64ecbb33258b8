// What a card reads beside its question: at once, again at a steady pace while the page is visible, and
// when asked to.

import { useEffect, useState } from "preact/hooks";

const PACE_MS = 4_000;

/** `once`: the question is settled, nothing comes any more. */
export type Pace = "steady" | "once" | "never";

/**
 * Calls `read`, one call at a time. What goes wrong is tried again: the line at the top of the page says when parley is
 * out of reach. Returns how to read again at once.
 */
export function useReading(read: () => Promise<void>, pace: Pace): () => void {
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (pace === "never") return;
    let timer: number | undefined;
    let isOver = false;
    const turn = async () => {
      const isRead = !document.hidden && (await read().then(isDone, isNotDone));
      if (!isOver && !(isRead && pace === "once")) timer = setTimeout(turn, PACE_MS);
    };
    void turn();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [pace, round]);
  return () => setRound((before) => before + 1);
}

const isDone = () => true;
const isNotDone = () => false;
