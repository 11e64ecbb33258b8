// What was said in a conversation of a run, read from the run's events. Turns count from 0 without gaps, so that one
// that is read twice stands once.

import { useRef, useState } from "preact/hooks";
import { pathOfRun } from "../api/client.ts";
import { isObject, type Json, type JsonObject, type PendingItem, type RunEvent } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { useReading } from "./use-reading.ts";

const PAGE = 1_000;

export interface Turn {
  index: number;
  role: "user" | "agent" | "system";
  /** Role, or the id of the agent that spoke. */
  from: string;
  content: Json;
}

export interface Turns {
  list: readonly Turn[];
  readAgain(): void;
}

/** The turns so far, the first one (the prompt) left out. New ones are looked for while `isOpen`. */
export function useTurns(item: PendingItem, conversationId: string, isOpen: boolean): Turns {
  const { api } = useConsole();
  const [list, setList] = useState<readonly Turn[]>([]);
  const known = useRef({ sequence: -1, turns: new Map<number, Turn>() });
  const readAgain = useReading(
    async () => {
      const { turns } = known.current;
      const before = turns.size;
      for (let count = PAGE; count === PAGE; ) {
        const { sequence } = known.current;
        const from = sequence < 0 ? "" : `&lastSequence=${sequence}`;
        // The shortest wait there is: the next look comes by itself.
        const path = `${pathOfRun(item.runId)}/events/poll?limit=${PAGE}&timeout=1${from}`;
        const { events } = await api.get<{ events: readonly RunEvent[] }>(path);
        for (const turn of events.flatMap((event) => turnOf(event, conversationId))) turns.set(turn.index, turn);
        known.current.sequence = Math.max(known.current.sequence, events.at(-1)?.sequence ?? -1);
        count = events.length;
      }
      if (turns.size > before) setList([...turns.values()].sort((a, b) => a.index - b.index));
    },
    isOpen ? "steady" : "once",
  );
  return { list: list.filter(({ index }) => index > 0), readAgain };
}

function turnOf({ payload }: RunEvent, conversationId: string): Turn[] {
  if (payload.conversationId !== conversationId) return [];
  const turn = [payload.initialTurn, payload.turn, payload.finalTurn].find((one): one is JsonObject => isObject(one));
  if (!turn || typeof turn.turnIndex !== "number") return [];
  const role = turn.role === "user" || turn.role === "agent" ? turn.role : "system";
  return [{ index: turn.turnIndex, role, from: String(turn.from ?? role), content: turn.content ?? "" }];
}
