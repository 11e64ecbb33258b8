// One search over chats, runs, agents and pages, from everywhere: Ctrl-K or /.

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RunSummary } from "../api/types.ts";
import { ownerOf } from "../runs/lanes.ts";
import { useConsole } from "../shell/context.ts";
import { addressOf } from "../shell/router.ts";
import { useCell } from "../ui/cell.ts";
import { presentMs, shortTime } from "../ui/time.ts";
import { findTargets, type Target } from "./matches.ts";

const RUNS = 100;

const pages: readonly Target[] = [
  { kind: "Page", title: "New chat", detail: "start a conversation", address: "#/chat/new" },
  { kind: "Page", title: "Inbox", detail: "what waits for you", address: "#/inbox" },
  { kind: "Page", title: "Runs", detail: "what was done", address: "#/runs" },
  { kind: "Page", title: "Agents", detail: "who works here", address: "#/agents" },
  { kind: "Page", title: "Settings", detail: "model, key, sign out", address: "#/settings" },
];

export function Search({ onClose }: { onClose: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const targets = useTargets();
  const found = useMemo(() => findTargets(targets, query), [targets, query]);
  useEffect(() => dialog.current?.showModal(), []);
  const go = (target: Target | undefined) => {
    if (!target) return;
    location.hash = target.address;
    onClose();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((before) => Math.max(0, Math.min(found.length - 1, before + step)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(found[chosen]);
    }
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the browser's own; the click is the other way out
    <dialog
      ref={dialog}
      class="search"
      aria-label="Search"
      onCancel={onClose}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <input
        type="text"
        // biome-ignore lint/a11y/noRedundantRoles: without a datalist the role is not implied
        role="combobox"
        list={undefined}
        aria-label="Search chats, runs, agents and settings"
        aria-expanded="true"
        aria-controls="search-results"
        aria-activedescendant={found.length > 0 ? `search-${chosen}` : undefined}
        placeholder="Search chats, runs, agents, settings"
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      <Results found={found} chosen={chosen} onChoice={go} />
    </dialog>
  );
}

interface ResultsProperties {
  found: readonly Target[];
  chosen: number;
  onChoice: (target: Target) => void;
}

function Results({ found, chosen, onChoice }: ResultsProperties): JSX.Element {
  return (
    <>
      <div id="search-results" role="listbox" aria-label="Results" class="search-results">
        {found.map((target, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the input, which keeps the focus
          <div
            key={target.address}
            id={`search-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => onChoice(target)}
          >
            <span class="search-kind">{target.kind}</span>
            <span class="search-title">{target.title}</span>
            <span class="muted">{target.detail}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="search-none muted">Nothing by that name.</p>}
    </>
  );
}

function useTargets(): readonly Target[] {
  const console = useConsole();
  const threads = useCell(console.threads).value ?? [];
  const roster = useCell(console.roster).value?.roster ?? [];
  const [runs, setRuns] = useState<readonly RunSummary[]>([]);
  useEffect(() => {
    // Without runs the rest can still be found.
    console.api.get<{ runs: RunSummary[] }>(`/v1/runs?limit=${RUNS}`).then(
      (page) => setRuns(page.runs),
      () => undefined,
    );
  }, [console]);
  return useMemo(() => {
    const nowMs = presentMs();
    return [
      ...threads.map(
        (thread): Target => ({
          kind: "Chat",
          title: thread.title ?? "Untitled",
          detail: shortTime(Date.parse(thread.lastAt), nowMs),
          address: addressOf({ page: "chat", threadId: thread.threadId }),
        }),
      ),
      ...pages,
      ...roster.map(
        (agent): Target => ({
          kind: "Agent",
          title: agent.persona,
          detail: agent.rosterId,
          address: "#/agents",
        }),
      ),
      ...runs.map(
        (run): Target => ({
          kind: "Run",
          title: ownerOf({ run }, roster),
          detail: `${run.status} · ${run.runId}`,
          address: addressOf({ page: "runs", runId: run.runId }),
        }),
      ),
    ];
  }, [threads, roster, runs]);
}
