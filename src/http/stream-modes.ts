// Stream modes: which events a stream shows, and how a frame looks (streams-webhooks.md §1, §2).

import { ParleyError } from "#protocol/errors.ts";
import { admissionOf, isTerminalEvent } from "#protocol/events.ts";

export const streamModes = ["values", "updates", "messages", "debug"] as const;
export type StreamMode = (typeof streamModes)[number];

/** The modes of a request in canonical order; `values` stands alone. Throws `unsupported_stream_mode`. */
export function parseModes(given: string | undefined): StreamMode[] {
  const names = [...new Set((given ?? "updates").split(","))];
  const known = names.every((name): name is StreamMode => streamModes.includes(name as StreamMode));
  if (!known || (names.includes("values") && names.length > 1)) {
    throw new ParleyError("unsupported_stream_mode", { supported: [...streamModes] });
  }
  return streamModes.filter((mode) => names.includes(mode));
}

/** What one event becomes in a stream: none, one or two frames' worth of documents. */
export interface Shown {
  /** SSE event name. */
  name: string;
  /** One line of JSON. */
  json: string;
}

const TYPE = /"type":"([^"]+)"/;

/** The type of a stored line. The first match is the envelope's: inside strings the quotes are escaped. */
export function typeOf(line: string): string {
  return TYPE.exec(line)?.[1] ?? "";
}

/** How the modes (all but `values`) show an event. */
export function show(line: string, type: string, modes: readonly StreamMode[]): Shown[] {
  const shown: Shown[] = [];
  const single = modes.length === 1;
  const admission = admissionOf(type);
  const mode = modes.find((candidate) => admits(candidate, admission));
  if (mode) shown.push({ name: single ? type : mode, json: line });
  if (type === "output.chunk" && (modes.includes("messages") || modes.includes("debug"))) {
    const chunk = line.replace(TYPE, '"type":"ai.message.chunk"');
    const by = modes.includes("messages") ? "messages" : "debug";
    shown.push({ name: single ? "ai.message.chunk" : by, json: chunk });
  }
  return shown;
}

function admits(mode: StreamMode, admission: ReturnType<typeof admissionOf>): boolean {
  if (mode === "debug") return true;
  return mode === "updates" && (admission === "updates" || admission === "updates+values");
}

/** Whether `values` sends a snapshot after this event. */
export function triggersSnapshot(type: string): boolean {
  const admission = admissionOf(type);
  return admission === "values" || admission === "updates+values";
}

/** Buffered streams do not wait with these (§2.5). */
export function forcesFlush(type: string): boolean {
  return isTerminalEvent(type) || type === "node.suspended";
}

export function frame(id: number | undefined, name: string, json: string): string {
  return id === undefined ? `event: ${name}\ndata: ${json}\n\n` : `id: ${id}\nevent: ${name}\ndata: ${json}\n\n`;
}
