// parley run

import type { RunEvent } from "#protocol/events.ts";
import type { PendingInterrupt } from "#protocol/interrupts.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { RunCreated } from "#protocol/runs.ts";
import { askQuestion } from "../ask.ts";
import { path } from "../client.ts";
import type { Handler, Invocation } from "../command.ts";
import { ApiError, type ExitCode, exitCodes } from "../failures.ts";
import {
  costOf,
  describeWaiting,
  displayCost,
  displayStatus,
  exitCodeOfRun,
  isSuspended,
  type Snapshot,
} from "../outcome.ts";
import { describeProgress } from "../progress.ts";
import { reportFailure } from "../report-failure.ts";
import { oneLine } from "../terminal.ts";
import { parseJsonObject, parsePairs } from "../values.ts";
import { readFamily, watchRun } from "../watch-run.ts";

export const run: Handler = async (call) => {
  const inputs = readInputs(call);
  const workflowId = await workflowOf(call);
  const traceId = call.host.randomHex(16);
  const traceparent = `00-${traceId}-${call.host.randomHex(8)}-01`;
  const created = await call.client.post<RunCreated>("/v1/runs", { workflowId, inputs }, { headers: { traceparent } });
  const trace = call.options.flag("trace") ? traceId : undefined;
  return call.options.flag("no-wait") ? showCreated(call, created, trace) : watch(call, created.runId, trace);
};

function readInputs({ options }: Invocation): JsonObject {
  const whole = options.text("input-json");
  const base = whole === undefined ? {} : parseJsonObject(whole, "--input-json");
  return { ...base, ...parsePairs(options.list("input"), "input") };
}

/** The id of the workflow; a file is registered first. */
async function workflowOf({ arguments: [word = ""], host, client }: Invocation): Promise<string> {
  const { isFileName, readDefinition } = await import("../definition-file.ts");
  if (!isFileName(word)) return word;
  const definition = await readDefinition(host.cwd, word);
  return (await client.post<{ workflowId: string }>("/v1/workflows", definition)).workflowId;
}

function showCreated({ terminal, options }: Invocation, created: RunCreated, trace: string | undefined): ExitCode {
  if (options.flag("json")) {
    terminal.json({ ...created, ...(trace !== undefined && { traceId: trace }) });
    return exitCodes.completed;
  }
  const lines = [`run.id = ${created.runId}`, `status = ${displayStatus(created.status)}`];
  if (trace !== undefined) lines.push(`trace = ${trace}`);
  for (const line of lines) terminal.out(`▸ ${line}`);
  return exitCodes.completed;
}

async function watch(call: Invocation, runId: string, trace: string | undefined): Promise<ExitCode> {
  const { terminal, client, host } = call;
  const json = call.options.flag("json");
  if (!json) terminal.out(`▸ run.id = ${runId}`);
  const snapshot = await watchRun({
    client,
    host,
    runId,
    onEvent: (event) => json || showProgress(call, event),
    onConnection: (change) => showConnection(call, change),
    ...(terminal.interactive && !json && { answer: (question: PendingInterrupt) => askAndAnswer(call, question) }),
  });
  if (json) terminal.json({ ...snapshot, ...(trace !== undefined && { traceId: trace }) });
  else await showEnd(call, snapshot, trace);
  return exitCodeOfRun(snapshot.status);
}

function showProgress({ terminal }: Invocation, event: RunEvent): void {
  const line = describeProgress(event);
  if (line !== undefined) terminal.err(terminal.paintErr("dim", `  ${line}`));
}

function showConnection({ terminal }: Invocation, change: "lost" | "back"): void {
  terminal.err(change === "lost" ? "  the connection was lost; the run is looked for again" : "  connected again");
}

async function showEnd({ terminal, client }: Invocation, snapshot: Snapshot, trace: string | undefined): Promise<void> {
  const { status, interrupt, error, runId } = snapshot;
  const waits = interrupt && isSuspended(status) ? ` (waits for ${oneLine(describeWaiting(interrupt))})` : "";
  terminal.out(`▸ status = ${displayStatus(status)}${waits}`);
  terminal.out(`▸ cost = ${displayCost(costOf(await readFamily(client, snapshot)))}`);
  if (trace !== undefined) terminal.out(`▸ trace = ${trace}`);
  if (error) terminal.err(`${terminal.paintErr("red", "error")}: ${oneLine(error.message)} (${oneLine(error.code)})`);
  if (interrupt && isSuspended(status)) {
    terminal.err(
      `Answer it: parley interrupts answer ${runId} ${interrupt.nodeId} …   (parley interrupts answer --help)`,
    );
  }
}

/** True when the question is no longer open. An answer that the daemon refuses is asked for again. */
async function askAndAnswer(call: Invocation, question: PendingInterrupt): Promise<boolean> {
  const { runId, nodeId } = question;
  for (;;) {
    const resumeValue = await askQuestion(call.host, call.terminal, question);
    if (resumeValue === undefined) return false;
    try {
      await call.client.post(path`/v1/runs/${runId}/interrupts/${nodeId}`, { resumeValue });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      reportFailure(call.terminal, error, false);
      if (error.status === 409) return true;
      if (error.status !== 400) return false;
    }
  }
}
