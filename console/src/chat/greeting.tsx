// The beginning of a conversation: what can be done here, one click away.

import type { JSX } from "preact";
import { useConsole } from "../shell/context.ts";
import { useCell } from "../ui/cell.ts";
import { Mark } from "../ui/icons.tsx";

const SUGGESTIONS = ["Plan a picnic and save the plan as a note", "What time is it?", "What can you do?"];

export function Greeting({ onSuggestion }: { onSuggestion: (text: string) => void }): JSX.Element {
  const roster = useCell(useConsole().roster).value?.roster ?? [];
  const team = roster.filter((agent) => agent.role !== "conversation").map((agent) => agent.persona);
  return (
    <div class="greeting">
      <Mark size={40} />
      <h2>What can I do for you?</h2>
      <p class="muted">
        This is parley: a team of AI agents that you run yourself. Write to the Assistant
        {team.length > 0 ? `; for larger tasks it brings in ${listed(team)}.` : "."}
      </p>
      <ul class="suggestions">
        {SUGGESTIONS.map((text) => (
          <li key={text}>
            <button type="button" class="suggestion" onClick={() => onSuggestion(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function listed(names: readonly string[]): string {
  return new Intl.ListFormat("en").format(names);
}
