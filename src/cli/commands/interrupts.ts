// parley interrupts list, answer

import type { PendingInterrupt } from "#protocol/interrupts.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { path } from "../client.ts";
import type { Handler } from "../command.ts";
import { exitCodes, UsageError } from "../failures.ts";
import type { Options } from "../options.ts";
import { describeWaiting, displayStatus, type Snapshot } from "../outcome.ts";
import { collect, readList, shortTime, showList } from "../pages.ts";
import { shorten } from "../terminal.ts";
import { parseJson, parsePairs } from "../values.ts";
import { listBounds } from "./runs.ts";

export const listInterrupts: Handler = async (call) => {
  const { client, options } = call;
  const runId = options.text("run");
  const list =
    runId === undefined
      ? { path: "/v1/host/parley/interrupts", query: { status: "pending" } }
      : { path: path`/v1/host/parley/runs/${runId}/interrupts` };
  const limit = options.count("limit", listBounds);
  const open = await collect(readList<PendingInterrupt>(client, { ...list, member: "interrupts", limit }));
  return showList(call, open, {
    none: "Nothing waits for an answer.",
    head: ["RUN", "NODE", "WAITS FOR", "SINCE", "UNTIL"],
    row: rowOf,
  });
};

const SUBJECT_LENGTH = 60;

function rowOf({ runId, nodeId, kind, data, requestedAt, expiresAt }: PendingInterrupt): string[] {
  const subject = describeWaiting({ kind, nodeId, data: data as JsonObject }).replace(/ at node .*$/s, "");
  return [runId, nodeId, shorten(subject, SUBJECT_LENGTH), shortTime(requestedAt), shortTime(expiresAt)];
}

export const answerInterrupt: Handler = async ({ client, terminal, options, arguments: [runId = "", nodeId = ""] }) => {
  const resumeValue = resumeValueOf(options);
  const address = path`/v1/runs/${runId}/interrupts/${nodeId}`;
  const answered = await client.post<{ runId: string; nodeId: string; status: Snapshot["status"] }>(address, {
    resumeValue,
  });
  if (options.flag("json")) terminal.json(answered);
  else terminal.out(`${answered.runId}  ${displayStatus(answered.status)}`);
  return exitCodes.completed;
};

/** The answer that the options spell. @throws UsageError unless they spell exactly one. */
export function resumeValueOf(options: Options): Json {
  const given = ["accept", "reject", "answer", "value"].filter((name) => options.flag(name));
  const [way] = given;
  if (way === undefined || given.length > 1) {
    const problem = way === undefined ? "There is no answer" : `--${given.join(" and --")} do not go together`;
    throw new UsageError(`${problem}: give exactly one of --accept, --reject, --answer ID=VALUE and --value JSON.`);
  }
  const feedback = options.text("feedback");
  if (feedback !== undefined && way !== "accept" && way !== "reject") {
    throw new UsageError("--feedback goes with --accept or --reject.");
  }
  if (way === "value") return parseJson(options.text("value") ?? "", "--value");
  if (way === "answer") return { answers: parsePairs(options.list("answer"), "answer") };
  return { action: way, ...(feedback !== undefined && { feedback }) };
}
