// Where a message is: each station it passed, with the time since it was received.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { BASE, messageOf } from "../api/client.ts";
import type { Trace } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { addressOf } from "../shell/router.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Problem } from "../ui/problem.tsx";
import { clockWithSeconds, duration } from "../ui/time.ts";

export interface TraceProperties {
  messageId: string;
  title: string;
  onClose: () => void;
}

export function TraceDialog({ messageId, title, onClose }: TraceProperties): JSX.Element {
  const { api } = useConsole();
  const [trace, setTrace] = useState<Trace | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  useEffect(() => {
    api
      .get<Trace>(`${BASE}/messages/${encodeURIComponent(messageId)}/trace`)
      .then(setTrace, (failure) => setError(messageOf(failure)));
  }, [api, messageId]);
  const startMs = Date.parse(trace?.steps[0]?.at ?? "");
  return (
    <Dialog title={title} onClose={onClose}>
      <Problem text={error} />
      <ol class="trace" aria-busy={trace === undefined && error === undefined}>
        {trace?.steps.map((step, index) => (
          <li key={`${step.at}-${index}`} class={`trace-step trace-${step.kind}`}>
            <span class="trace-text">{step.text}</span>
            <time class="trace-time" dateTime={step.at}>
              {index === 0 ? clockWithSeconds(startMs) : `+${duration(Date.parse(step.at) - startMs)}`}
            </time>
          </li>
        ))}
      </ol>
      {trace && (
        <p>
          <a href={addressOf({ page: "runs", runId: trace.runId })} onClick={onClose}>
            See every step
          </a>
        </p>
      )}
    </Dialog>
  );
}
