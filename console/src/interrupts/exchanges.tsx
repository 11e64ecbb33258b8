// What was asked back about an open approval, and what was answered to it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { pathOfRun } from "../api/client.ts";
import { isObject, type Json, type JsonObject, type PendingItem } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { type Pace, useReading } from "./use-reading.ts";

export interface Exchanges {
  list: readonly JsonObject[];
  readAgain(): void;
}

/** They stand with the run, under the name of the node that asks. */
export function useExchanges(item: PendingItem, pace: Pace): Exchanges {
  const { api } = useConsole();
  const [list, setList] = useState<readonly JsonObject[]>([]);
  const readAgain = useReading(async () => {
    const run = await api.get<{ variables?: JsonObject }>(pathOfRun(item.runId));
    const kept = run.variables?.[`_askExchanges:${item.nodeId}`];
    setList(Array.isArray(kept) ? kept.filter(isObject) : []);
  }, pace);
  return { list, readAgain };
}

export function ExchangeList({ list }: { list: readonly JsonObject[] }): JSX.Element | null {
  if (list.length === 0) return null;
  return (
    <dl class="exchanges" aria-label="Asked back">
      {list.map((one, place) => (
        <div key={String(place)}>
          <dt>{wordsOf(one.question)}</dt>
          <dd class={one.answer === undefined ? "muted" : ""}>
            {one.answer === undefined ? "No answer yet" : wordsOf(one.answer)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function wordsOf(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}
