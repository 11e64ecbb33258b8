// How a run's state reads, and the exit code it stands for (operations.md §15).

import { assertNever } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { RunSnapshot } from "#protocol/runs.ts";
import type { RunStatus } from "#protocol/status.ts";
import { type ExitCode, exitCodes } from "./failures.ts";

/** What the run waits for, when it waits. */
export interface Waiting {
  kind: string;
  nodeId: string;
  data: JsonObject;
}

/** Snapshot members that the schema leaves open. */
export type Snapshot = RunSnapshot & {
  interrupt?: Waiting;
  childRuns?: { runId: string; status: RunStatus }[];
  createdAt?: string;
  threadId?: string;
};

/** `completed` shows as `succeeded`, every `waiting-*` as `suspended`, the rest as on the wire. */
export function displayStatus(status: RunStatus): string {
  if (status === "completed") return "succeeded";
  return isSuspended(status) ? "suspended" : status;
}

export function isSuspended(status: RunStatus): boolean {
  return status.startsWith("waiting-");
}

/** `approval "Ship it?" at node gate` */
export function describeWaiting({ kind, nodeId, data }: Waiting): string {
  const about = aboutOf(kind, data);
  return `${kind}${about === undefined ? "" : ` "${about}"`} at node ${nodeId}`;
}

function aboutOf(kind: string, data: JsonObject): string | undefined {
  const questions = Array.isArray(data.questions) ? (data.questions as { question?: string }[]) : [];
  const texts = [data.title, questions[0]?.question, data.eventType, data.prompt, data.customKind];
  return texts.find((text) => typeof text === "string" && text !== kind) as string | undefined;
}

/** The exit code of a run that is watched no further. */
export function exitCodeOfRun(status: RunStatus): ExitCode {
  switch (status) {
    case "completed":
      return exitCodes.completed;
    case "failed":
      return exitCodes.failed;
    case "cancelled":
    case "cancelling":
      return exitCodes.cancelled;
    case "waiting-approval":
    case "waiting-input":
    case "waiting-external":
    case "paused":
      return exitCodes.suspended;
    case "pending":
    case "running":
      return exitCodes.completed;
    default:
      return assertNever(status);
  }
}

/** Tokens and price of a run and its children; `usd` is absent as soon as one of them has no price. */
export interface Cost {
  usd?: number;
  tokens: number;
}

interface WireCost {
  usd?: number;
  tokens?: { input?: number; output?: number };
}

/** The sum over several snapshots; runs without any usage do not count. */
export function costOf(snapshots: readonly Snapshot[]): Cost {
  const costs = snapshots
    .map(({ metrics }) => metrics?.openwopCost as WireCost | undefined)
    .filter((cost) => cost !== undefined);
  const tokens = costs.reduce((sum, cost) => sum + (cost.tokens?.input ?? 0) + (cost.tokens?.output ?? 0), 0);
  const priced = costs.length > 0 && costs.every(({ usd }) => usd !== undefined);
  return priced ? { tokens, usd: costs.reduce((sum, { usd = 0 }) => sum + usd, 0) } : { tokens };
}

/** `$0.014 · 1,284 tok`, or `unknown · 1,284 tok` without a price. */
export function displayCost({ usd, tokens }: Cost): string {
  return `${usd === undefined ? "unknown" : displayPrice(usd)} · ${grouped(tokens)} tok`;
}

/** At least two decimals, and as many as three significant digits need. */
function displayPrice(usd: number): string {
  if (usd > 0 && usd < 0.000001) return "<$0.000001";
  const digits = usd === 0 || usd >= 1 ? 2 : Math.max(2, 2 - Math.floor(Math.log10(usd)));
  const [whole = "0", decimals = ""] = usd.toFixed(digits).split(".");
  return `$${grouped(Number(whole))}.${decimals.replace(/0+$/, "").padEnd(2, "0")}`;
}

/** 1284 → `1,284`, without loading the language tables of `Intl`. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
