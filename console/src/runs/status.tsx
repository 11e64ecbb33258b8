// The status of a run: a picture, a colour, and the protocol's own word for it.

import type { JSX } from "preact";
import { Icon, type IconName } from "../ui/icons.tsx";

const looks: Record<string, { icon: IconName; tone: string }> = {
  completed: { icon: "check", tone: "ok" },
  failed: { icon: "alert", tone: "failed" },
  cancelled: { icon: "stop", tone: "neutral" },
  running: { icon: "next", tone: "active" },
  cancelling: { icon: "stop", tone: "active" },
};

export function RunStatus({ status }: { status: string }): JSX.Element {
  const look = looks[status] ?? { icon: "clock", tone: status.startsWith("waiting") ? "waiting" : "neutral" };
  return (
    <span class={`state state-${look.tone}`}>
      <Icon name={look.icon} size={16} />
      {status}
    </span>
  );
}
