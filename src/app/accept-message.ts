// Accept a message: the one commit of the whole way (architecture, "Threads and runs").
//
//   Dedup mark, message, run and the first effects stand together or not at all; only then is the sender told.
//   A message for a thread whose turn is running waits as a pending run behind it: a row, never memory.
//   A message that answers an open question begins no turn (answer-by-message.ts).

import type { Guard, RowOp, RunStart } from "#ports/rows.ts";
import { sha256Hex } from "#protocol/canonical.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { MessageAccepted, PostMessage } from "#protocol/threads.ts";
import { agentFor, type TalkableAgent } from "./agents.ts";
import { answerByMessage } from "./answer-by-message.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { dedupOf, type FirstIds, repeated } from "./message-dedup.ts";
import { type Answer, answer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";

/** The lane changed hands while we decided: a few rounds are normal under load, many are not. */
const MAX_LANE_ROUNDS = 50;

/** 202 with fresh ids, or 200 with those of the first time when `clientMessageId` was seen before in this thread. */
export function acceptMessage(deps: AppDeps, call: Call, threadId: string, body: PostMessage): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const agent = agentFor(deps.agents, body.agent);
    const answered = await answerByMessage(deps, call, threadId, body);
    if (answered) return answered;
    const workflow = await deps.graphs.current(call.principal.tenantId, agent.workflowId);
    if (!workflow) throw new ParleyError("service_unavailable", { workflowId: agent.workflowId });
    const graph = await deps.graphs.load(workflow.hash);
    const start = startOf(deps, call, threadId, agent, workflow.hash);
    for (let round = 0; round < MAX_LANE_ROUNDS; round += 1) {
      const begin = round % 2 === 0;
      const accepted = acceptedAnswer(start);
      const ops = commitParts(deps, call, threadId, body, start, begin, accepted);
      const outcome = await deps.runs.create(start, graph, begin, ops);
      if (outcome.outcome === "done") {
        deps.stopPoint("accept.committed");
        return accepted;
      }
      if (outcome.outcome !== "guard_failed") throw new ParleyError("internal_error");
      throwIfReceiptTaken(outcome);
      if (outcome.guard.guard === "dedupAbsent") return repeated(outcome.existing as FirstIds, threadId);
    }
    throw new ParleyError("service_unavailable", { threadId, retryAfter: 1 });
  });
}

function startOf(deps: AppDeps, call: Call, threadId: string, agent: TalkableAgent, definitionHash: string): RunStart {
  const { tenantId, id: principal } = call.principal;
  return {
    runId: deps.ids.next("run"),
    tenantId,
    workflowId: agent.workflowId,
    definitionHash,
    inputs: {},
    configurable: {},
    tags: ["channel:web"],
    metadata: {},
    owner: { tenant: tenantId, principal },
    transport: "ui",
    turn: { threadId, messageId: deps.ids.next("msg") },
    agent: agent.ref,
    createdMs: deps.clock.nowMs(),
  };
}

function idsOf(start: RunStart): FirstIds & { threadId: string } {
  const { messageId, threadId } = start.turn as { messageId: string; threadId: string };
  return { messageId, threadId, runId: start.runId };
}

function acceptedAnswer(start: RunStart): Answer {
  const body: MessageAccepted = { accepted: true, duplicate: false, ...idsOf(start) };
  return answer(202, body);
}

/** Guards and rows beside the run's own: dedup, message, lane, receipt. */
function commitParts(
  deps: AppDeps,
  call: Call,
  threadId: string,
  body: PostMessage,
  start: RunStart,
  begin: boolean,
  accepted: Answer,
): { guards: Guard[]; rows: RowOp[] } {
  const { tenantId } = call.principal;
  const { messageId, runId } = idsOf(start);
  const receipt = receiptOps(deps, call, accepted);
  const contentId = `body:${messageId}`;
  const lane = { tenantId, threadId };
  const dedup = dedupOf(call, threadId, body, { messageId, runId }, start.createdMs);
  return {
    guards: [...dedup.guards, ...receipt.guards, { guard: begin ? "laneFree" : "laneBusy", ...lane }],
    rows: [
      ...receipt.rows,
      ...dedup.rows,
      { op: "putContent", contentId, runId, sha256: sha256Hex(body.text), body: body.text },
      {
        op: "insertMessage",
        channel: "web",
        title: titleOf(body.text),
        message: { messageId, tenantId, threadId, role: "user", contentId, runId, atMs: start.createdMs },
      },
      { op: begin ? "claimLane" : "queueOnLane", ...lane, runId },
    ],
  };
}

const MAX_TITLE_LENGTH = 60;

/** What a thread is called: how it began. Only the first message of a thread gives it its title. */
function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0]?.replaceAll(/\s+/g, " ") ?? "";
  if (line.length <= MAX_TITLE_LENGTH) return line;
  // Cut between words where there is a gap near the end, never inside of a character.
  const cut = [...line].slice(0, MAX_TITLE_LENGTH).join("");
  return `${cut.replace(/\s\S{0,15}$/, "")}…`;
}
