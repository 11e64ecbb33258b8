// parley runs events
//
//   Without --follow the stored log is read, page by page, and filtered here: a stream of a run that still goes on would
//   not end. With --follow the daemon's stream is shown as it comes.

import { admissionOf, isTerminalEvent, type RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import { type Client, DEFAULT_GRACE_MS, path } from "../client.ts";
import type { Handler, Invocation } from "../command.ts";
import { type ExitCode, exitCodes, UsageError } from "../failures.ts";
import { follow } from "../follow.ts";
import { nearest } from "../suggest.ts";
import { printable, shorten, type Terminal } from "../terminal.ts";
import { readRun } from "../watch-run.ts";

const modes = ["updates", "values", "messages", "debug"] as const;
type Mode = (typeof modes)[number];

export const runEvents: Handler = async (call) => {
  const wanted = readModes(call.options.text("stream-mode") ?? "updates");
  return call.options.flag("follow") ? followEvents(call, wanted) : storedEvents(call, wanted);
};

function readModes(text: string): Mode[] {
  const wanted = text.split(",").map((word) => {
    if ((modes as readonly string[]).includes(word)) return word as Mode;
    const near = nearest(word, modes);
    const meant = near === undefined ? "" : ` Did you mean ${near}?`;
    throw new UsageError(`--stream-mode knows ${modes.join(", ")}, not "${word}".${meant}`);
  });
  if (wanted.length > 1 && wanted.includes("values")) throw new UsageError("The stream mode values stands alone.");
  return wanted;
}

async function storedEvents(
  { client, terminal, options, arguments: [runId = ""] }: Invocation,
  wanted: Mode[],
): Promise<ExitCode> {
  const show = printer(terminal, wanted, options.flag("json"));
  if (wanted[0] === "values") {
    terminal.json(await readRun(client, runId));
    return exitCodes.completed;
  }
  for await (const event of readLog(client, runId)) if (isShown(event, wanted)) show(event);
  return exitCodes.completed;
}

interface EventPage {
  events: RunEvent[];
  isTerminal: boolean;
}

const PAGE = 500;

/** All events that are there now. */
async function* readLog(client: Client, runId: string): AsyncGenerator<RunEvent, void> {
  let lastSequence: number | undefined;
  for (;;) {
    const query = { lastSequence, limit: PAGE, timeout: 1 };
    const { events } = await client.get<EventPage>(path`/v1/runs/${runId}/events/poll`, query);
    yield* events;
    const last = events.at(-1);
    if (events.length < PAGE || last === undefined) return;
    lastSequence = last.sequence;
  }
}

function isShown({ type }: RunEvent, wanted: readonly Mode[]): boolean {
  if (wanted.includes("debug")) return true;
  if (wanted.includes("messages") && type === "output.chunk") return true;
  return wanted.includes("updates") && admissionOf(type).startsWith("updates");
}

async function followEvents(call: Invocation, wanted: Mode[]): Promise<ExitCode> {
  const {
    client,
    host,
    terminal,
    options,
    arguments: [runId = ""],
  } = call;
  const show = printer(terminal, wanted, options.flag("json"));
  const events = follow(client, {
    path: path`/v1/runs/${runId}/events`,
    query: { streamMode: wanted.join(",") },
    host,
    graceMs: DEFAULT_GRACE_MS,
    signal: AbortSignal.any([]),
    onChange: (change) => terminal.err(change === "lost" ? "connection lost, trying again" : "connected again"),
    // `messages` and `values` do not show the event that ends the run: whether it is over is asked for.
    isOver: async () => isTerminalStatus((await readRun(client, runId)).status),
  });
  for await (const { data } of events) {
    const event = JSON.parse(data) as RunEvent;
    show(event);
    if (isTerminalEvent(event.type)) break;
  }
  return exitCodes.completed;
}

function printer(terminal: Terminal, wanted: readonly Mode[], json: boolean): (event: RunEvent) => void {
  if (json) return (event) => terminal.json(event);
  return (event) => {
    const { chunk } = event.payload;
    const isText = event.type === "output.chunk" || event.type === "ai.message.chunk";
    if (isText && wanted.includes("messages") && typeof chunk === "string")
      showText(terminal, chunk, event.payload.isLast === true);
    else terminal.out(eventLine(terminal, event));
  };
}

/** The text that a model writes, inline. */
function showText(terminal: Terminal, chunk: string, isLast: boolean): void {
  terminal.write(printable(chunk) + (isLast ? "\n" : ""));
}

const PAYLOAD_LENGTH = 120;

/** `   7  10:00:00.123  node.completed  a  {"outputs":{}}` */
function eventLine(terminal: Terminal, { sequence, timestamp, type, nodeId, payload }: RunEvent): string {
  const time = timestamp.slice(11, 23);
  const { nodeId: _, ...rest } = payload as JsonObject;
  const facts = Object.keys(rest).length === 0 ? "" : shorten(JSON.stringify(rest), PAYLOAD_LENGTH);
  const head = `${String(sequence).padStart(4)}  ${terminal.paint("dim", time)}  ${terminal.paint("bold", printable(type))}`;
  return [head, nodeId, facts].filter((part) => part).join("  ");
}
