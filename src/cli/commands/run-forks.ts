// parley runs fork, diff

import type { RunEvent } from "#protocol/events.ts";
import type { RunForked } from "#protocol/forks.ts";
import type { JsonObject } from "#protocol/json.ts";
import { path } from "../client.ts";
import type { Handler, Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../failures.ts";
import { displayStatus } from "../outcome.ts";
import { oneLine } from "../terminal.ts";
import { parsePairs } from "../values.ts";
import { sequenceBounds } from "./runs.ts";

export const forkRun: Handler = async (call) => {
  const {
    client,
    terminal,
    options,
    arguments: [runId = ""],
  } = call;
  const mode = options.text("mode") ?? "branch";
  const variables = parsePairs(options.list("set"), "set");
  if (mode === "replay" && options.list("set").length > 0) {
    throw new UsageError("A replay keeps the values of its source: --set is for a branch.");
  }
  const body = {
    mode,
    fromSeq: options.count("from", sequenceBounds),
    ...(Object.keys(variables).length > 0 && { runOptionsOverlay: { variables } }),
  };
  const forked = await client.post<RunForked>(path`/v1/runs/${runId}:fork`, body);
  if (options.flag("json")) terminal.json(forked);
  else terminal.out(`${forked.runId}  ${forked.mode} of ${forked.sourceRunId} from ${forked.fromSeq}`);
  return exitCodes.completed;
};

interface RunDiff {
  divergedAtSeq: number | null;
  eventDiffs: { seq: number; op: "added" | "removed" | "changed"; aEvent?: RunEvent; bEvent?: RunEvent }[];
  stateDiff: JsonObject;
  truncated?: boolean;
}

export const diffRuns: Handler = async (call) => {
  const [a = "", b = ""] = call.arguments;
  const diff = await call.client.get<RunDiff>(path`/v1/runs/${a}:diff`, { against: b });
  if (call.options.flag("json")) call.terminal.json(diff);
  else showDiff(call, diff);
  return exitCodes.completed;
};

function showDiff({ terminal }: Invocation, { divergedAtSeq, eventDiffs, stateDiff, truncated }: RunDiff): void {
  if (divergedAtSeq === null) terminal.out("Both logs say the same.");
  else terminal.out(`The logs differ from event ${divergedAtSeq} on.`);
  if (truncated) terminal.err("Not everything was compared: a run goes on, or there are too many differences.");
  if (eventDiffs.length > 0) {
    terminal.out("");
    terminal.table([
      ["EVENT", "", "A", "B"],
      ...eventDiffs.map(({ seq, op, aEvent, bEvent }) => [String(seq), op, wordsOf(aEvent), wordsOf(bEvent)]),
    ]);
  }
  const states = rowsOf(stateDiff);
  if (states.length === 0) return;
  terminal.out("");
  terminal.table([["STATE", "A", "B"], ...states]);
}

function wordsOf(event: RunEvent | undefined): string {
  return event ? `${event.type} ${event.nodeId ?? ""}`.trim() : "";
}

interface Sides {
  a?: unknown;
  b?: unknown;
}

function rowsOf({ status, ...members }: JsonObject): string[][] {
  const rows: string[][] = [];
  if (status) {
    const { a, b } = status as Sides;
    rows.push(["status", displayStatus(String(a) as never), displayStatus(String(b) as never)]);
  }
  for (const [member, values] of Object.entries(members)) {
    for (const [name, sides] of Object.entries(values as Record<string, Sides>)) {
      rows.push([`${member}.${name}`, shown(sides.a), shown(sides.b)]);
    }
  }
  return rows;
}

function shown(value: unknown): string {
  return value === undefined ? "" : oneLine(JSON.stringify(value));
}
