// The timeline of a run, drawn from its events: one lane per node, a bar while it works, a lighter one while it waits.
// Pure; times are offsets in milliseconds from the start of the run that was opened.

import { nameOf, toolWords } from "../agents/names.ts";
import type { RosterAgent, RunEvent } from "../api/types.ts";
import type { FollowedRun } from "./followed-run.ts";

export interface Lane {
  key: string;
  /** The agent or workflow, and the node: "Researcher · turn". */
  label: string;
  runId: string;
  depth: number;
  bars: readonly Bar[];
}

export interface Bar {
  kind: "working" | "waiting" | "failed" | "tool";
  fromMs: number;
  toMs: number;
  /** For the tooltip and the list of the same numbers. */
  label: string;
}

export interface Timeline {
  lanes: readonly Lane[];
  lengthMs: number;
}

export function timelineOf(runs: readonly FollowedRun[], roster: readonly RosterAgent[], nowMs: number): Timeline {
  const startMs = startOf(runs);
  const open = Math.max(0, nowMs - startMs);
  const lanes = runs.flatMap((followed) => lanesOf(followed, roster, startMs, open));
  const ends = runs.flatMap(({ events }) => events.map((event) => Date.parse(event.timestamp) - startMs));
  const isGoingOn = runs.some(({ run }) => run.completedAt === undefined);
  return { lanes, lengthMs: Math.max(1, isGoingOn ? open : 0, ...ends) };
}

export function startOf(runs: readonly FollowedRun[]): number {
  const [first] = runs;
  return Date.parse(first?.events[0]?.timestamp ?? first?.run.startedAt ?? first?.run.createdAt ?? "");
}

/** Whose work a run is. */
export function ownerOf({ run }: Pick<FollowedRun, "run">, roster: readonly RosterAgent[]): string {
  if (!run.agent) return run.workflowId;
  const known = roster.find((agent) => agent.agentId === run.agent?.agentId);
  return known?.persona ?? run.agent.name ?? nameOf(run.agent.agentId);
}

interface Draft {
  bars: Bar[];
  open: Bar | undefined;
}

function lanesOf(followed: FollowedRun, roster: readonly RosterAgent[], startMs: number, nowMs: number): Lane[] {
  const drafts = new Map<string, Draft>();
  const tools = new Map<string, Bar>();
  for (const event of followed.events) {
    const nodeId = event.nodeId ?? textOf(event.payload.nodeId);
    if (nodeId === undefined) continue;
    const draft = drafts.get(nodeId) ?? { bars: [], open: undefined };
    drafts.set(nodeId, draft);
    goOn(draft, event, Date.parse(event.timestamp) - startMs);
    apply(draft, event, Date.parse(event.timestamp) - startMs);
    applyTool(draft, tools, event, Date.parse(event.timestamp) - startMs);
  }
  const owner = ownerOf(followed, roster);
  const lastMs = followed.run.completedAt ? Date.parse(followed.run.completedAt) - startMs : nowMs;
  return [...drafts].map(([nodeId, { bars, open }]) => {
    for (const bar of [...bars, ...tools.values()]) if (!Number.isFinite(bar.toMs)) bar.toMs = lastMs;
    if (open) open.toMs = lastMs;
    const label = drafts.size === 1 ? owner : `${owner} · ${nodeId}`;
    return { key: `${followed.run.runId}/${nodeId}`, label, runId: followed.run.runId, depth: followed.depth, bars };
  });
}

function apply(draft: Draft, event: RunEvent, atMs: number): void {
  switch (event.type) {
    case "node.started":
    case "node.resumed":
      return begin(draft, "working", "working", atMs);
    case "node.suspended":
      return begin(draft, "waiting", `waiting: ${textOf(event.payload.kind) ?? "for somebody"}`, atMs);
    case "node.dispatched":
      return begin(draft, "waiting", `${WAITS_FOR_CHILD} ${textOf(event.payload.childWorkflowId) ?? ""}`, atMs);
    case "core.workflowChain.event":
      // A dispatch hands its work to another run, and waits for that.
      if (event.payload.phase !== "dispatch.began") return;
      return begin(draft, "waiting", `${WAITS_FOR_CHILD} ${textOf(event.payload.workerId) ?? ""}`, atMs);
    case "node.retried":
      return begin(draft, "waiting", "waiting before the next attempt", atMs);
    case "node.completed":
    case "node.cancelled":
      return end(draft, atMs);
    case "node.failed":
      if (draft.open) draft.open.kind = "failed";
      return end(draft, atMs);
  }
}

const WAITS_FOR_CHILD = "waiting for";
/** Shown as the wait for the run that it starts. */
const DELEGATE = "openwop:parley.delegate";

/** What is told of a child run while its parent waits for it. */
const ABOUT_CHILDREN = new Set(["node.dispatched", "core.workflowChain.event", "parley.child.status-changed"]);

/** A node that waited for a child run works again as soon as it says anything of its own. */
function goOn(draft: Draft, event: RunEvent, atMs: number): void {
  const waits = draft.open?.kind === "waiting" && draft.open.label.startsWith(WAITS_FOR_CHILD);
  if (waits && !ABOUT_CHILDREN.has(event.type)) begin(draft, "working", "working", atMs);
}

function begin(draft: Draft, kind: Bar["kind"], label: string, atMs: number): void {
  end(draft, atMs);
  draft.open = { kind, fromMs: atMs, toMs: Number.POSITIVE_INFINITY, label };
  draft.bars.push(draft.open);
}

function end(draft: Draft, atMs: number): void {
  if (draft.open) draft.open.toMs = atMs;
  draft.open = undefined;
}

/** Tool calls stand inside their node's bar. */
function applyTool(draft: Draft, tools: Map<string, Bar>, event: RunEvent, atMs: number): void {
  const callId = textOf(event.payload.callId);
  if (callId === undefined) return;
  if (event.type === "agent.toolCalled" && event.payload.toolName !== DELEGATE) {
    const label = toolWords(textOf(event.payload.toolName) ?? "tool");
    const bar: Bar = { kind: "tool", fromMs: atMs, toMs: Number.POSITIVE_INFINITY, label };
    tools.set(callId, bar);
    draft.bars.push(bar);
  } else if (event.type === "agent.toolReturned") {
    const bar = tools.get(callId);
    if (bar) bar.toMs = atMs;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
