// What a person sees who is not signed in: why, and the one thing to do.

import type { ComponentChildren, JSX } from "preact";
import { Mark } from "../ui/icons.tsx";
import type { SessionState } from "./session.ts";

type Reason = Exclude<SessionState, { kind: "unknown" | "signed-in" }>;

export function SignedOut({ state }: { state: Reason }): JSX.Element {
  if (state.kind === "unreachable") {
    return (
      <Door title="parley does not answer">
        <p>It may be starting. Check the terminal where it runs, then try again.</p>
        <button type="button" class="button is-primary" onClick={() => location.reload()}>
          Try again
        </button>
      </Door>
    );
  }
  const titles = {
    "no-link": "You are not signed in",
    "used-link": "This link does not work any more",
    ended: "You are not signed in any more",
    left: "You are signed out",
  };
  const reasons = {
    "no-link": "A link signs you in.",
    "used-link": "A link works once, and for ten minutes.",
    ended: "Your access was ended, or it ran out. What you were writing is kept in this browser.",
    left: "A link signs you in again.",
  };
  return (
    <Door title={titles[state.reason]}>
      <p>{reasons[state.reason]} In a terminal on the machine where parley runs, this prints a new link:</p>
      <pre class="command">npx parley open</pre>
      <p class="muted">Starting parley with npm start prints one as well.</p>
    </Door>
  );
}

function Door({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <main class="door">
      <Mark size={40} />
      <h1>{title}</h1>
      {children}
    </main>
  );
}
