// Says honestly who answers while no model is connected.

import type { JSX } from "preact";
import { useConsole } from "../shell/context.ts";
import { addressOf } from "../shell/router.ts";
import { useCell } from "../ui/cell.ts";

export function OfflineBanner(): JSX.Element | null {
  const models = useCell(useConsole().models).value;
  if (!models?.offline) return null;
  return (
    <aside class="banner" aria-label="Who answers">
      <p>Offline demonstration: prepared answers, no AI model yet.</p>
      <a class="button is-small" href={addressOf({ page: "settings" })}>
        Connect a model
      </a>
    </aside>
  );
}
