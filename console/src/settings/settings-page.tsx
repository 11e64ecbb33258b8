// How parley is set up: the model behind the agents, and this sign-in.

import type { JSX } from "preact";
import { useConsole } from "../shell/context.ts";
import { useCell } from "../ui/cell.ts";
import { Icon } from "../ui/icons.tsx";
import { ModelCard } from "./model-card.tsx";

export function SettingsPage(): JSX.Element {
  const console = useConsole();
  const { value, error } = useCell(console.models);
  const session = useCell(console.session);
  return (
    <div class="page">
      <header class="page-head">
        <h1>Settings</h1>
      </header>
      {error !== undefined && !value && <p class="problem">{error}</p>}
      {value && <ModelCard models={value} />}
      <section class="card">
        <h2>This browser</h2>
        <p>
          Signed in as <strong>{session.kind === "signed-in" ? session.session.principal : ""}</strong>. Another browser
          or phone gets in with a new link: run <code>npx parley open</code> where parley runs.
        </p>
        <div class="choices">
          <button type="button" class="button" onClick={() => console.signOut()}>
            <Icon name="signOut" size={16} />
            Sign out
          </button>
        </div>
      </section>
    </div>
  );
}
