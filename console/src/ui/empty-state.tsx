// What stands where there is nothing yet: what will come here, and one next step.

import type { JSX } from "preact";
import { Icon, type IconName } from "./icons.tsx";

export interface EmptyStateProperties {
  icon: IconName;
  title: string;
  text: string;
  action?: { words: string; address: string };
}

export function EmptyState({ icon, title, text, action }: EmptyStateProperties): JSX.Element {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      <p>{text}</p>
      {action && (
        <a class="button" href={action.address}>
          {action.words}
        </a>
      )}
    </div>
  );
}
