// Retry: answers a message again by a new run of the same turn. What was answered before stays in the thread.
//
//   Like a message it begins at once or waits behind the running turn, decided in the one commit that writes it.
//   The mark of the run that it repeats is claimed in that commit: of two retries at once, one begins.

import type { Graph } from "#engine/graph.ts";
import type { Guard, RowOp, RunRow, RunStart, StoredMessage } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { MessageAccepted } from "#protocol/threads.ts";
import type { AgentRef } from "#protocol/workflows.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";
import { askedMessage, retryTag, runsOf } from "./turn-runs.ts";

/** The lane changed hands while we decided: a few rounds are normal under load, many are not. */
const MAX_LANE_ROUNDS = 50;

/** 202 with the new run. Throws `not_found`, and `run_already_active` while the message is still being answered. */
export function retryMessage(deps: AppDeps, call: Call, messageId: string): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const message = await askedMessage(deps, call, messageId);
    const [repeated] = await runsOf(deps, message, 1);
    if (!repeated) throw new ParleyError("not_found", { messageId }, { message: "The run of this message is gone." });
    if (!isTerminalStatus(repeated.status)) throw stillAnswered(message, repeated);
    const graph = await currentGraph(deps, repeated);
    const start = startOf(deps, call, message, repeated, graph);
    const accepted = acceptedAnswer(message, start.runId);
    for (let round = 0; round < MAX_LANE_ROUNDS; round += 1) {
      const begin = round % 2 === 0;
      const lane = laneParts(message, start.runId, begin);
      const mark = markParts(message, repeated, start);
      const receipt = receiptOps(deps, call, accepted);
      const guards = [...mark.guards, ...receipt.guards, ...lane.guards];
      const rows = [...mark.rows, ...receipt.rows, ...lane.rows];
      const outcome = await deps.runs.create(start, graph, begin, { guards, rows });
      if (outcome.outcome === "done") return accepted;
      if (outcome.outcome !== "guard_failed") throw new ParleyError("internal_error");
      throwIfReceiptTaken(outcome);
      if (outcome.guard.guard === "dedupAbsent") throw stillAnswered(message, repeated);
    }
    throw new ParleyError("service_unavailable", { threadId: message.threadId, retryAfter: 1 });
  });
}

function stillAnswered({ messageId }: StoredMessage, { start }: RunRow): ParleyError {
  const details = { messageId, runId: start.runId };
  return new ParleyError("run_already_active", details, { message: "This message is still being answered." });
}

/** The workflow as it is now: whoever retries may just have corrected it. */
async function currentGraph(deps: AppDeps, { start }: RunRow): Promise<Graph> {
  const workflow = await deps.graphs.current(start.tenantId, start.workflowId);
  if (!workflow) throw new ParleyError("service_unavailable", { workflowId: start.workflowId });
  return deps.graphs.load(workflow.hash);
}

function startOf(deps: AppDeps, call: Call, message: StoredMessage, repeated: RunRow, graph: Graph): RunStart {
  const { tenantId, id: principal } = call.principal;
  const { runId, workflowId, tags } = repeated.start;
  const agent = agentRefOf(deps, repeated);
  const tag = retryTag(message.messageId);
  return {
    runId: deps.ids.next("run"),
    tenantId,
    workflowId,
    definitionHash: graph.hash,
    inputs: {},
    configurable: {},
    tags: [...tags.filter((other) => other !== tag), tag],
    metadata: { "parley.retryOf": runId },
    owner: { tenant: tenantId, principal },
    transport: "ui",
    turn: { threadId: message.threadId, messageId: message.messageId },
    ...(agent && { agent }),
    createdMs: deps.clock.nowMs(),
  };
}

/** As the roster has it now; an agent that left it keeps the name it had. */
function agentRefOf({ agents }: AppDeps, { start }: RunRow): AgentRef | undefined {
  const now = agents.ids().map((rosterId) => agents.find(rosterId));
  return now.find((agent) => agent?.workflowId === start.workflowId)?.ref ?? start.agent;
}

function acceptedAnswer({ messageId, threadId }: StoredMessage, runId: string): Answer {
  const body: MessageAccepted = { accepted: true, duplicate: false, messageId, threadId, runId };
  return answer(202, body);
}

interface Parts {
  guards: Guard[];
  rows: RowOp[];
}

function laneParts({ tenantId, threadId }: StoredMessage, runId: string, begin: boolean): Parts {
  const lane = { tenantId, threadId };
  return {
    guards: [{ guard: begin ? "laneFree" : "laneBusy", ...lane }],
    rows: [{ op: begin ? "claimLane" : "queueOnLane", ...lane, runId }],
  };
}

/** A run is repeated once; the next retry repeats the repetition. */
function markParts({ tenantId, messageId }: StoredMessage, repeated: RunRow, { runId, createdMs }: RunStart): Parts {
  const scope = `retry:${tenantId}`;
  const key = repeated.start.runId;
  return {
    guards: [{ guard: "dedupAbsent", scope, key }],
    rows: [{ op: "claimDedup", scope, key, value: { messageId, runId }, atMs: createdMs }],
  };
}
