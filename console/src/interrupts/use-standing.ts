// Whom a question waits for, as the person who is signed in sees it.

import type { PendingItem } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { useCell } from "../ui/cell.ts";
import { type Standing, standingOf } from "./standing.ts";

export function useStanding(item: PendingItem, handedTo: readonly string[] = []): Standing {
  const session = useCell(useConsole().session);
  return standingOf(item, session.kind === "signed-in" ? session.session : undefined, handedTo);
}
