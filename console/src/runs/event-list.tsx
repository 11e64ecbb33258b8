// Every event of a run and of its child runs, in the order in which they happened; the payload on demand.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { nameOf } from "../agents/names.ts";
import type { RosterAgent, RunEvent } from "../api/types.ts";
import { addressOf } from "../shell/router.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { memo } from "../ui/memo.ts";
import { offset } from "../ui/time.ts";
import { summaryOfEvent } from "./event-words.ts";
import { MOST_EVENTS } from "./follow.ts";
import type { FollowedRun } from "./followed-run.ts";
import { ownerOf, startOf } from "./lanes.ts";

const FIRST_EVENTS = 300;

interface Entry {
  event: RunEvent;
  who: string;
  depth: number;
}

export function EventList({
  runs,
  roster,
}: {
  runs: readonly FollowedRun[];
  roster: readonly RosterAgent[];
}): JSX.Element {
  const [count, setCount] = useState(FIRST_EVENTS);
  const entries = useMemo(() => entriesOf(runs, roster), [runs, roster]);
  const startMs = startOf(runs);
  const isCut = runs.some(({ events }) => events.length >= MOST_EVENTS);
  return (
    <section class="events" aria-label="Events">
      <h2>
        Events <span class="muted">{entries.length}</span>
      </h2>
      <ol>
        {entries.slice(0, count).map(({ event, who, depth }) => (
          <EventRow key={event.eventId} event={event} who={who} depth={depth} startMs={startMs} />
        ))}
      </ol>
      {entries.length > count && (
        <button type="button" class="button" onClick={() => setCount(count + FIRST_EVENTS)}>
          Show {Math.min(FIRST_EVENTS, entries.length - count)} more
        </button>
      )}
      {isCut && (
        <p class="muted">
          Only the first {MOST_EVENTS} events of a run are shown; the whole log is at its events address.
        </p>
      )}
    </section>
  );
}

function entriesOf(runs: readonly FollowedRun[], roster: readonly RosterAgent[]): Entry[] {
  const entries = runs.flatMap((followed) => {
    const owner = ownerOf(followed, roster);
    return followed.events.map((event) => {
      const agentId = event.payload.agentId;
      return { event, who: typeof agentId === "string" ? nameOf(agentId, roster) : owner, depth: followed.depth };
    });
  });
  // Stable: events of one run keep their order within the same millisecond.
  return entries.sort((a, b) => Date.parse(a.event.timestamp) - Date.parse(b.event.timestamp));
}

interface EventRowProperties extends Entry {
  startMs: number;
}

const EventRow = memo(function EventRow({ event, who, depth, startMs }: EventRowProperties): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const child = event.payload.childRunId;
  return (
    <li class={`event ${toneOf(event.type)}`}>
      <button type="button" class="event-head" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="event-time">{offset(Date.parse(event.timestamp) - startMs)}</span>
        <span class={`event-who depth-${Math.min(depth, 4)}`}>{who}</span>
        <span class="event-type">{event.type}</span>
        <span class="event-words">{summaryOfEvent(event)}</span>
      </button>
      {isOpen && (
        <div class="event-body">
          <p class="event-facts muted">
            <span>
              no. {event.sequence} of <code>{event.runId}</code>
            </span>
            {event.nodeId !== undefined && (
              <span>
                node <code>{event.nodeId}</code>
              </span>
            )}
            {typeof child === "string" && <a href={addressOf({ page: "runs", runId: child })}>Open the child run</a>}
            <CopyButton text={JSON.stringify(event, null, 2)} label="Copy the event" />
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0}>{JSON.stringify(event.payload, null, 2)}</pre>
        </div>
      )}
    </li>
  );
});

function toneOf(type: string): string {
  if (type.endsWith(".failed") || type === "cap.breached") return "is-failed";
  if (type === "node.suspended" || type.endsWith(".requested")) return "is-waiting";
  return type === "run.completed" ? "is-ok" : "";
}
