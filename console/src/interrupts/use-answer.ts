// Answering a question: sends it, says how it went. The card that asked shows both.

import { useState } from "preact/hooks";
import { ApiError, BASE, messageOf, pathOfRun } from "../api/client.ts";
import type { Json, PendingItem } from "../api/types.ts";
import type { Outcome } from "../chat/thread-state.ts";
import { useConsole } from "../shell/context.ts";
import { presentMs } from "../ui/time.ts";

/** The question is over, whatever we say; why, by the code of the refusal. */
const OVER: Readonly<Record<string, string>> = {
  interrupt_already_resolved: "Somebody else settled this first",
  interrupt_expired: "The time to answer was over",
  interrupt_gone: "No longer needed: the turn has ended",
  interrupt_cancelled: "No longer needed: the turn has ended",
};

export interface Answering {
  isSending: boolean;
  error: string | undefined;
  /** Resolves when the daemon has taken it, or said why not. */
  answer(resumeValue: Json, said: Pick<Outcome, "text" | "tone">): Promise<void>;
  /** Says something that leaves the question open; tells whether the daemon took it. */
  say(resumeValue: Json): Promise<boolean>;
  /** Asks one more person; the question stays open. Tells whether the daemon took it. */
  handOn(to: string): Promise<boolean>;
}

/** `onOutcome` is called once, when the question is settled. */
export function useAnswer(item: PendingItem, onOutcome: (outcome: Outcome) => void): Answering {
  const { api } = useConsole();
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const path = `${pathOfRun(item.runId)}/interrupts/${encodeURIComponent(item.nodeId)}`;
  const send = async (to: string, body: Json): Promise<boolean> => {
    setSending(true);
    setError(undefined);
    try {
      await api.send("POST", to, body);
      return true;
    } catch (failure) {
      const over = failure instanceof ApiError ? OVER[failure.code] : undefined;
      if (over !== undefined) onOutcome({ text: over, tone: "neutral", atMs: presentMs() });
      else setError(messageOf(failure));
      return false;
    } finally {
      setSending(false);
    }
  };
  return {
    isSending,
    error,
    async answer(resumeValue, said) {
      if (await send(path, { resumeValue })) onOutcome({ ...said, atMs: presentMs() });
    },
    say: (resumeValue) => send(path, { resumeValue }),
    handOn: (to) => send(`${BASE}/interrupts/${encodeURIComponent(item.interruptId)}/delegate`, { to }),
  };
}
