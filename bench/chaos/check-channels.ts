// Checks of state channels: what a run shows is what its log wrote, each write once.

import { isDeepStrictEqual } from "node:util";
import type { RunEvidence } from "./check-runs.ts";
import type { Body, Client } from "./client.ts";
import type { Findings } from "./findings.ts";
import type { Scenario } from "./scenario.ts";

/** The channels that each run of a scenario with channels shows, by runId. */
export async function readChannels(
  client: Pick<Client, "get">,
  runs: ReadonlyMap<string, RunEvidence>,
  scenarios: readonly Scenario[],
): Promise<Map<string, Body>> {
  const known = new Set(scenarios.filter(({ channels }) => channels).map(({ workflowId }) => workflowId));
  const shown = new Map<string, Body>();
  for (const { runId, workflowId } of runs.values()) {
    if (known.has(workflowId)) shown.set(runId, (await client.get(`/v1/runs/${runId}`)).channels);
  }
  return shown;
}

export function checkChannels(
  runs: ReadonlyMap<string, RunEvidence>,
  shown: ReadonlyMap<string, Body>,
  scenarios: readonly Scenario[],
  findings: Findings,
): void {
  const expected = new Map(scenarios.map(({ workflowId, channels }) => [workflowId, channels]));
  for (const [runId, channels] of shown) {
    const run = runs.get(runId);
    if (!run) continue;
    const written = foldOf(run.events);
    if (!isDeepStrictEqual(channels, written)) {
      findings.broken(`${runId} shows ${JSON.stringify(channels)}, its log wrote ${JSON.stringify(written)}`);
    }
    // A branch from between two steps of one node does that node again.
    const isWhole = run.status === "completed" && !run.fork;
    if (isWhole && !isDeepStrictEqual(written, expected.get(run.workflowId))) {
      findings.broken(`${runId} wrote ${JSON.stringify(written)}`);
    }
  }
}

function foldOf(events: readonly Body[]): Record<string, unknown> {
  const channels: Record<string, unknown> = {};
  for (const { type, payload } of events) {
    if (type !== "channel.written") continue;
    const { channel, reducer, value } = payload;
    const before = channels[channel];
    if (reducer === "append") channels[channel] = [...((before as unknown[]) ?? []), value];
    else if (reducer === "counter") channels[channel] = Number(before ?? 0) + value;
    else channels[channel] = value;
  }
  return channels;
}
