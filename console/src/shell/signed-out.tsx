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
    left: "You are signed out",
  };
  return (
    <Door title={titles[state.reason]}>
      <p>
        {state.reason === "used-link" ? "A link works once, for ten minutes. Get" : "Get"} a new one where parley runs:
      </p>
      <pre class="command">npx parley open</pre>
      <p class="muted">Or start it anew with npm start, which prints a link as well.</p>
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
