// Checks of conversations: what was acknowledged was said once, in its place, and a conversation ends once.

import { ownEvents, type RunEvidence } from "./check-runs.ts";
import type { Body } from "./client.ts";
import type { Findings } from "./findings.ts";
import type { TalkIntent } from "./ledger.ts";

export function checkTalks(
  runs: ReadonlyMap<string, RunEvidence>,
  talks: Iterable<TalkIntent>,
  findings: Findings,
): void {
  for (const talk of talks) {
    const run = runs.get(talk.runId);
    if (run) checkTalk(talk, ownEvents(run), findings);
    else findings.lost(`the conversation of ${talk.runId} is gone with its run`);
  }
  for (const run of runs.values()) checkTurns(run, findings);
}

function checkTalk({ interruptId, runId, turns, closed }: TalkIntent, events: readonly Body[], findings: Findings) {
  const said = events.filter(({ type }) => type === "conversation.exchanged").map(({ payload }) => payload.turn);
  const places: number[] = [];
  for (const { key, content, isAcknowledged } of turns) {
    const found = said.filter(({ exchangeKey }) => exchangeKey === key);
    if (found.length > 1) findings.duplicated(`${runId}: ${key} was said ${found.length} times`);
    if (found.length === 0 && isAcknowledged) findings.lost(`${runId}: ${key} was acknowledged and is gone`);
    if (found.some((turn) => turn.content !== content)) findings.broken(`${runId}: ${key} reads otherwise`);
    places.push(...found.map(({ turnIndex }) => turnIndex));
  }
  if (places.some((place, at) => at > 0 && place <= (places[at - 1] ?? 0))) {
    findings.broken(`${runId}: the turns of ${interruptId} stand in another order than they were said`);
  }
  if (closed > 1) findings.duplicated(`${interruptId} was closed ${closed} times with 200`);
  if (closed > 0 && !events.some(({ type }) => type === "conversation.closed")) {
    findings.lost(`${interruptId} was closed, and the log does not say so`);
  }
}

/** Turns count from 0 without gaps, from the opening to the close. */
function checkTurns({ runId, events }: RunEvidence, findings: Findings): void {
  const byId = Map.groupBy(
    events.filter(({ type }) => type.startsWith("conversation.")),
    ({ payload }) => String(payload.conversationId),
  );
  for (const [conversationId, told] of byId) {
    const opened = told.filter(({ type }) => type === "conversation.opened").length;
    const closed = told.filter(({ type }) => type === "conversation.closed").length;
    if (opened > 1 || closed > 1)
      findings.duplicated(`${runId}: ${conversationId} began ${opened} and ended ${closed} times`);
    const places = told.map(({ payload }) => (payload.turn ?? payload.initialTurn ?? payload.finalTurn)?.turnIndex);
    if (places.some((place, at) => place !== at)) findings.broken(`${runId}: turns ${places.join(", ")}`);
  }
}
