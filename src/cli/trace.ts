// Where a message is: from its arrival to the answer's delivery, step by step.

import type { MessageTrace } from "#protocol/threads.ts";
import { type Client, path } from "./client.ts";
import { oneLine, type Terminal } from "./terminal.ts";

export function readTrace(client: Client, messageId: string): Promise<MessageTrace> {
  return client.get<MessageTrace>(path`/v1/host/parley/messages/${messageId}/trace`);
}

export function showTrace(terminal: Terminal, trace: MessageTrace): void {
  terminal.facts([
    ["message", trace.messageId],
    ["thread", trace.threadId],
    ["run", trace.runId],
  ]);
  terminal.out("");
  for (const line of traceLines(trace)) terminal.out(line);
}

const KIND_WIDTH = "delivered".length;

/** `10:00:00.123  +0.045 s  run        The turn began.`, times in UTC. A step of another run names it. */
export function traceLines({ runId, steps }: MessageTrace): string[] {
  const offsets = steps.map(({ at }) => offsetOf(at, steps[0]?.at ?? at));
  const width = Math.max(0, ...offsets.map(({ length }) => length));
  return steps.map((step, index) => {
    const about = step.detail === undefined ? "" : ` · ${oneLine(step.detail)}`;
    const elsewhere = step.runId !== undefined && step.runId !== runId ? `  (${oneLine(step.runId)})` : "";
    const offset = (offsets[index] ?? "").padStart(width);
    return `${step.at.slice(11, 23)}Z  ${offset}  ${step.kind.padEnd(KIND_WIDTH)}  ${oneLine(step.text)}${about}${elsewhere}`;
  });
}

function offsetOf(at: string, first: string): string {
  const seconds = (Date.parse(at) - Date.parse(first)) / 1000;
  return `${seconds < 0 ? "" : "+"}${seconds.toFixed(3)} s`;
}
