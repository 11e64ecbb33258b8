// Repetitions: a line that comes again and again is written ten times, then once per window with a count.
//
//   R1. Of one key, at most 10 lines per 10 s are written, and one summary per window as long as it goes on.
//   R2. Every held line is counted in exactly one summary.
//   R3. At most 500 keys are remembered; the one that was new the longest ago goes, with its summary.
//   R4. Nothing is scheduled while nothing is held.

const MAX_LINES = 10;
const WINDOW_MS = 10_000;
const MAX_KEYS = 500;

export interface Repetitions {
  /** True: write the line. False: it is held; `summarise(times)` is called at the end of the window (the last wins). */
  admit(key: string, summarise: (times: number) => void): boolean;
  /** Writes all summaries now. */
  flush(): void;
}

/** `monotonicMs` never steps back; timers are the platform's. */
export function createRepetitions(monotonicMs: () => number = () => performance.now()): Repetitions {
  const entries = new Map<string, Entry>();

  function summarise(entry: Entry): void {
    clearTimeout(entry.timer);
    const { held } = entry;
    // As long as it goes on, all lines of the next window are held.
    Object.assign(entry, { startedMs: monotonicMs(), count: MAX_LINES, held: 0, timer: undefined });
    if (held > 0) entry.summarise(held);
  }

  function remember(key: string, nowMs: number, summary: Entry["summarise"]): void {
    entries.delete(key);
    entries.set(key, { startedMs: nowMs, count: 1, held: 0, summarise: summary, timer: undefined });
    if (entries.size <= MAX_KEYS) return;
    for (const [oldest, entry] of entries) {
      entries.delete(oldest);
      summarise(entry);
      return;
    }
  }

  return {
    admit(key, summary) {
      const nowMs = monotonicMs();
      const entry = entries.get(key);
      if (entry === undefined || (entry.held === 0 && nowMs - entry.startedMs >= WINDOW_MS)) {
        remember(key, nowMs, summary);
        return true;
      }
      entry.count += 1;
      if (entry.count <= MAX_LINES) return true;
      entry.held += 1;
      entry.summarise = summary;
      entry.timer ??= setTimeout(() => summarise(entry), entry.startedMs + WINDOW_MS - nowMs).unref();
      return false;
    },
    flush() {
      for (const entry of entries.values()) summarise(entry);
    },
  };
}

interface Entry {
  startedMs: number;
  count: number;
  held: number;
  summarise: (times: number) => void;
  timer: NodeJS.Timeout | undefined;
}
