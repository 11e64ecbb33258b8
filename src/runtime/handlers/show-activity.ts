// What an effect is about to do, shown in the chat that follows its run.

import { chatOf } from "#engine/messages.ts";
import { isEnded } from "#engine/state.ts";
import type { RunStart } from "#ports/rows.ts";
import type { LiveText } from "../live-text.ts";
import type { HotRun } from "../runs.ts";

export interface ActivityDeps {
  liveText: LiveText;
  /** The run as it stands when everything before is durable. */
  runOf: (runId: string) => Promise<HotRun | undefined>;
}

/**
 * Shows it, unless the turn is over: one that was stopped tells the runs below it by and by, and until then they go on.
 * `signal`: of the effect; it is aborted when its own run has ended.
 */
export async function showActivity(
  { liveText, runOf }: ActivityDeps,
  start: RunStart,
  signal: AbortSignal,
  { agent, persona, doing }: { agent: string; persona: string; doing: string },
): Promise<void> {
  const chat = chatOf(start);
  if (!chat) return;
  const turn = chat.runId === start.runId ? undefined : await runOf(chat.runId);
  if (signal.aborted || (turn && isEnded(turn.state))) return;
  liveText.show(start, agent, persona, doing);
}
