// A value that components watch. What the console knows lives in cells; components hold only what is theirs.

import { useEffect, useState } from "preact/hooks";

export interface Cell<Value> {
  get(): Value;
  set(value: Value): void;
  /** Calls back after each change; returns how to stop. */
  watch(listener: () => void): () => void;
}

export function cell<Value>(initial: Value): Cell<Value> {
  let current = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listener of [...listeners]) listener();
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The value, and a new rendering whenever it changes. */
export function useCell<Value>(watched: Cell<Value>): Value {
  const [, render] = useState({});
  const shown = watched.get();
  useEffect(() => {
    const stop = watched.watch(() => render({}));
    // It may have changed between the rendering and this effect.
    if (!Object.is(shown, watched.get())) render({});
    return stop;
  }, [watched]);
  return shown;
}
