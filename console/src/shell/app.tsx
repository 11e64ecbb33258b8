// The frame around every page: the rail, the page of the address, the search, and one line when parley is out of reach.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { AgentsPage } from "../agents/agents-page.tsx";
import { ChatPage } from "../chat/chat-page.tsx";
import { InboxPage } from "../interrupts/inbox-page.tsx";
import { RunPage } from "../runs/run-page.tsx";
import { RunsPage } from "../runs/runs-page.tsx";
import { Search } from "../search/search.tsx";
import { SettingsPage } from "../settings/settings-page.tsx";
import { useCell } from "../ui/cell.ts";
import { Icon, type IconName, Mark } from "../ui/icons.tsx";
import { clockWithSeconds } from "../ui/time.ts";
import { useConsole } from "./context.ts";
import { type PageName, type Place, placeOf } from "./router.ts";
import { SignedOut } from "./signed-out.tsx";

export function App(): JSX.Element | null {
  const console = useConsole();
  const session = useCell(console.session);
  switch (session.kind) {
    case "unknown":
      return null;
    case "signed-out":
    case "unreachable":
      return <SignedOut state={session} />;
    case "signed-in":
      return <Frame />;
  }
}

function Frame(): JSX.Element {
  const place = usePlace();
  const [isSearching, setSearching] = useState(false);
  useSearchKeys(() => setSearching(true));
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={skipToMain}>
        Skip to the content
      </button>
      <Rail page={place.page} onSearch={() => setSearching(true)} />
      <main id="main" class="main" tabIndex={-1}>
        <ConnectionLine />
        <Page place={place} />
      </main>
      {isSearching && <Search onClose={() => setSearching(false)} />}
      <Announcer />
    </div>
  );
}

function skipToMain(): void {
  document.getElementById("main")?.focus();
}

function Page({ place }: { place: Place }): ComponentChildren {
  switch (place.page) {
    case "chat":
      return <ChatPage threadId={place.threadId} />;
    case "inbox":
      return <InboxPage />;
    case "runs":
      return place.runId === undefined ? <RunsPage /> : <RunPage key={place.runId} runId={place.runId} />;
    case "agents":
      return <AgentsPage />;
    case "settings":
      return <SettingsPage />;
  }
}

const pages: readonly { page: PageName; words: string; icon: IconName }[] = [
  { page: "chat", words: "Chat", icon: "chat" },
  { page: "inbox", words: "Inbox", icon: "inbox" },
  { page: "runs", words: "Runs", icon: "runs" },
  { page: "agents", words: "Agents", icon: "agents" },
  { page: "settings", words: "Settings", icon: "settings" },
];

function Rail({ page, onSearch }: { page: PageName; onSearch: () => void }): JSX.Element {
  const console = useConsole();
  const waiting = useCell(console.pending).value?.length ?? 0;
  useEffect(() => {
    const words = pages.find((one) => one.page === page)?.words ?? "Chat";
    document.title = `${waiting > 0 ? `(${waiting}) ` : ""}${words} · parley`;
    // Who is signed out sees no page, and nothing waits for them.
    return () => {
      document.title = "parley";
    };
  }, [page, waiting]);
  return (
    <nav class="rail" aria-label="Pages">
      <span class="rail-mark">
        <Mark size={28} />
      </span>
      <ul>
        {pages.map((one) => (
          <li key={one.page}>
            <a href={`#/${one.page}`} class="rail-link" aria-current={one.page === page ? "page" : undefined}>
              <Icon name={one.icon} />
              <span>{one.words}</span>
              {one.page === "inbox" && waiting > 0 && (
                <span class="badge">
                  {waiting}
                  <span class="unseen"> waiting</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
      <button type="button" class="rail-link rail-search" onClick={onSearch} title="Ctrl-K">
        <Icon name="search" />
        <span>Search</span>
      </button>
    </nav>
  );
}

function ConnectionLine(): JSX.Element | null {
  const downSince = useCell(useConsole().connection.downSince);
  if (downSince === undefined) return null;
  return (
    <p class="down" role="alert">
      <Icon name="alert" size={16} />
      <span>No connection to parley. What you see is from {clockWithSeconds(downSince)}; trying again.</span>
    </p>
  );
}

function Announcer(): JSX.Element {
  const text = useCell(useConsole().announcement);
  return (
    <p class="unseen" aria-live="polite">
      {text}
    </p>
  );
}

function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const onChange = () => setPlace(placeOf(location.hash));
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return place;
}

function useSearchKeys(open: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      const isChord = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      const isSlash = event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey;
      if ((!isChord && !isSlash) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      open();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}
