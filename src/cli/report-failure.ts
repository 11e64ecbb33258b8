// Telling somebody at a terminal what went wrong, and what to do about it.

import {
  ApiError,
  CommandError,
  type Envelope,
  type ExitCode,
  exitCodeOf,
  Unreachable,
  UsageError,
} from "./failures.ts";
import { oneLine, printable, type Terminal } from "./terminal.ts";

/** Writes the failure to stderr, with `--json` also as one JSON object; returns the exit code. */
export function reportFailure(terminal: Terminal, error: unknown, json: boolean): ExitCode {
  const { envelope, hint } = explain(error);
  // One line for a daemon that is not there: scripts show it as it is.
  const head = error instanceof Unreachable ? "" : `${terminal.paintErr("red", "error")}: `;
  terminal.err(head + printable(envelope.message));
  if (error instanceof ApiError) for (const line of detailLines(envelope)) terminal.err(`  ${line}`);
  if (hint !== undefined) terminal.err(`${terminal.paintErr("dim", "hint:")} ${hint}`);
  if (json) terminal.err(JSON.stringify(envelope));
  return exitCodeOf(error);
}

function explain(error: unknown): { envelope: Envelope; hint: string | undefined } {
  if (error instanceof ApiError) return { envelope: error.envelope, hint: hintFor(error.envelope) };
  if (error instanceof UsageError) return { envelope: own("usage", error), hint: error.hint };
  if (error instanceof Unreachable) return { envelope: own("daemon_unreachable", error), hint: error.hint };
  if (error instanceof CommandError) return { envelope: own("command_failed", error), hint: error.hint };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { envelope: { error: "unexpected", message }, hint: "This is a fault of the parley command itself." };
}

function own(code: string, error: Error): Envelope {
  return { error: code, message: error.message };
}

/** `field: inputs.n`; a list of problems becomes one line each. */
function detailLines({ error, details = {} }: Envelope): string[] {
  const lines: string[] = [`code: ${oneLine(error)}`];
  for (const [name, value] of Object.entries(details)) {
    if (name === "problems" && Array.isArray(value)) lines.push(...value.map(problemLine));
    else if (value !== undefined && value !== null) lines.push(`${oneLine(name)}: ${wordsOf(value)}`);
  }
  return lines;
}

function problemLine(problem: unknown): string {
  const { path = "", message = "" } = (problem ?? {}) as { path?: string; message?: string };
  return `- ${oneLine(path === "" ? message : `${path}: ${message}`)}`;
}

function wordsOf(value: unknown): string {
  if (typeof value === "string") return oneLine(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return oneLine(value.join(", "));
  return oneLine(JSON.stringify(value));
}

/** What helps against a code. */
const hints: Readonly<Record<string, string>> = {
  unauthenticated:
    "The key is not one of this daemon's. The home's own key: parley key show (PARLEY_API_KEY wins over it).",
  key_expired: "Use a key that is still valid: PARLEY_API_KEY, --key, or the home's own.",
  key_revoked: "The key was rotated. Unset PARLEY_API_KEY or --key to use the home's present one.",
  forbidden: "The key lacks the right for this; the home's own key has all of them.",
  capability_required: "This parley does not offer what the workflow needs; details.requiredCapability names it.",
  run_terminal: "See how it ended: parley runs show RUN",
  interrupt_not_found: "See what waits for an answer: parley interrupts list",
  interrupt_already_resolved: "Somebody answered first. See: parley runs show RUN",
  interrupt_expired: "The question is no longer open. See: parley runs show RUN",
  interrupt_gone: "The question ended with its run. See: parley runs show RUN",
  interrupt_cancelled: "The question ended with its run. See: parley runs show RUN",
  rate_limited: "Try again a little later.",
  service_unavailable: "Try again in a moment; parley doctor says what is wrong.",
  payload_too_large: "limits.maxRequestBodyBytes in parley.yaml is the bound.",
  internal_error: "The daemon's log, in data/logs of its home, has the reason.",
  method_not_allowed: "The daemon and this command are of different versions: parley version",
};

function hintFor({ error, details = {} }: Envelope): string | undefined {
  if (error === "not_found") {
    if (details.runId !== undefined) return "See the runs there are: parley runs list";
    if (details.workflowId !== undefined) return "See the workflows there are: parley workflows list";
    if (details.threadId !== undefined) return "See the conversations there are: parley threads list";
    if (details.messageId !== undefined) return "The messages of a conversation have their ids in: parley threads show";
    return "The daemon and this command may be of different versions: parley version";
  }
  return Object.hasOwn(hints, error) ? hints[error] : undefined;
}
