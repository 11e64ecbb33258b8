// Checks of effects: what the receiver saw against what the runs say.

import { ownEvents, type RunEvidence } from "./check-runs.ts";
import type { Body } from "./client.ts";
import type { Findings } from "./findings.ts";
import type { Ledger } from "./ledger.ts";
import type { Receiver, SeenEffect } from "./receiver.ts";
import type { PlannedEffect } from "./scenario.ts";

/** Clocks of the harness and the daemon are one, yet a kill is noted a moment before it strikes. */
const KILL_SLACK_MS = 250;

/** Returns how many effects ended as `interrupted`. */
export function checkEffects(
  runs: ReadonlyMap<string, RunEvidence>,
  ledger: Ledger,
  receiver: Receiver,
  findings: Findings,
): number {
  const seenByRun = Map.groupBy(receiver.seen.values(), (effect) => effect.runId);
  const intents = new Map(ledger.runs.map((intent) => [intent.tag, intent]));
  let interrupted = 0;
  for (const run of runs.values()) {
    const intent = run.tags.map((tag) => intents.get(tag)).find((found) => found !== undefined);
    const seen = seenByRun.get(run.runId) ?? [];
    seenByRun.delete(run.runId);
    if (run.fork?.mode === "replay" && seen.length > 0) {
      findings.duplicated(`${run.runId}: a replay performed ${seen.length} effects`);
    }
    for (const [nodeId, effect] of Object.entries(intent?.scenario.effects ?? {})) {
      const evidence = { run, nodeId, effect, seen: seen.filter((call) => call.nodeId === nodeId) };
      checkIdentity(evidence, findings);
      if (effect.class !== "unkeyed") checkRepeatable(evidence, findings);
      else if (checkUnkeyed(evidence, ledger, findings) === "interrupted") interrupted += 1;
    }
  }
  for (const runId of seenByRun.keys()) findings.broken(`the receiver was called for ${runId}, which does not exist`);
  return interrupted;
}

/** What both sides say about the effect of one node of one run. */
interface EffectEvidence {
  run: RunEvidence;
  nodeId: string;
  effect: PlannedEffect;
  seen: SeenEffect[];
}

function nameOf({ run, nodeId }: EffectEvidence): string {
  return `${run.runId} (${run.workflowId}, ${nodeId})`;
}

function nodeEvent({ run, nodeId }: EffectEvidence, type: string): Body {
  return ownEvents(run).find((event) => event.type === type && event.nodeId === nodeId);
}

/** One logical effect keeps one identity over all its attempts and restarts; once completed it is not called again. */
function checkIdentity(evidence: EffectEvidence, findings: Findings): void {
  const { seen } = evidence;
  if (seen.length > 1) findings.duplicated(`${nameOf(evidence)}: one effect, ${seen.length} identities`);
  if (seen.some(({ confused }) => confused)) findings.broken(`${nameOf(evidence)}: a key does not fit its body`);
  const completed = nodeEvent(evidence, "node.completed");
  const again = completed && seen.some(({ lastCalledMs }) => lastCalledMs > Date.parse(completed.timestamp));
  if (again) findings.duplicated(`${nameOf(evidence)} was called again after its node had completed`);
}

function checkRepeatable(evidence: EffectEvidence, findings: Findings): void {
  const completed = nodeEvent(evidence, "node.completed");
  if (!completed) return;
  const [effect] = evidence.seen;
  if (!effect?.performed) findings.lost(`${nameOf(evidence)} completed, its effect was never performed`);
  const { receipt } = completed.payload.outputs?.output ?? {};
  if (effect && receipt !== effect.effectId) findings.broken(`${nameOf(evidence)} carries the receipt ${receipt}`);
}

/** At most one call; what was cut off says so, and nothing else does. */
function checkUnkeyed(evidence: EffectEvidence, ledger: Ledger, findings: Findings): "interrupted" | "settled" {
  const name = nameOf(evidence);
  const { effect, run, seen } = evidence;
  const calls = seen.reduce((sum, { calls }) => sum + calls, 0);
  if (calls > 1) findings.duplicated(`${name}: ${calls} calls of an unkeyed effect`);
  if (nodeEvent(evidence, "node.completed") && calls === 0) {
    findings.lost(`${name} completed, its effect was never performed`);
  }
  const failed = nodeEvent(evidence, "node.failed");
  if (failed?.payload.error?.code !== "interrupted") return "settled";
  const cutOutside = effect.mode === "drop" || effect.mode === "cut";
  if (!cutOutside && !wasKilledDuring(run, ledger)) {
    findings.broken(`${name} is interrupted, and nothing interrupted it`);
  }
  return "interrupted";
}

function wasKilledDuring(run: RunEvidence, { killedAtMs }: Ledger): boolean {
  // A branch plans effects with its last copied event: its own events may begin after the kill.
  const fromMs = Date.parse(run.createdAt) - KILL_SLACK_MS;
  const toMs = Date.parse(run.events.at(-1)?.timestamp) + KILL_SLACK_MS;
  return killedAtMs.some((atMs) => atMs >= fromMs && atMs <= toMs);
}
