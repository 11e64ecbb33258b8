// private.parley.agent: one turn of an agent, as data: rounds of asking the model and doing what it calls for, until it
// says something. In a chat the prompt is the thread up to the message it answers; as a plain run, the input `text`.
//
// Serves parley's own roster only: other documents may not name it.

import type { JsonObject } from "#protocol/json.ts";
import { failure, type NodeContext, type NodeEvent, type NodeType } from "../node-type.ts";
import { agentOfNode } from "../orchestration/config.ts";
import { AgentConfig, agentConfigOf } from "../turn/config.ts";
import { invocationIdOf } from "../turn/notes.ts";
import { afterApproval, afterEffect, beginRound } from "../turn/step.ts";
import { unknownUsage } from "../turn/usage.ts";

export const AGENT = "private.parley.agent";

export const agent: NodeType = {
  typeId: AGENT,
  internal: true,
  effectful: true,
  config: AgentConfig,
  start: (context) => {
    if (!context.turn && typeof context.runInputs.text !== "string") return textMissing();
    return beginRound(context, agentConfigOf(context.config));
  },
  onEffect: (context, result, ended) => afterEffect(context, agentConfigOf(context.config), result, ended),
  onAnswer: (context, answer) => afterApproval(context, agentConfigOf(context.config), answer as JsonObject),
  onAbandon: abandonTurn,
};

export function textMissing() {
  return failure("validation_error", "An agent run needs the input `text`.", { port: "text" });
}

/** The bracket closes, what a call cost stays unknown, and the runs it waits for are named. */
export function abandonTurn(context: NodeContext): { events: NodeEvent[]; childRunIds: string[] } {
  const { turn } = context.node;
  if (!turn) return { events: [], childRunIds: [] };
  const events: NodeEvent[] = [];
  if (turn.modelOrdinal !== undefined) events.push(unknownUsage(context));
  const calls = turn.rounds.at(-1)?.calls ?? [];
  const node = context.workflow.nodes.find(({ id }) => id === context.nodeId);
  const { agentId } = node ? agentOfNode(node) : agentConfigOf(context.config);
  for (const call of calls) {
    if (call.status === "held" || call.status === "ended" || call.calledEventId === undefined) continue;
    events.push({
      type: "agent.toolReturned",
      payload: {
        agentId,
        toolName: call.toolId,
        callId: call.callId,
        status: "error",
        error: { code: "interrupted", message: "The turn was ended before this came back." },
        durationMs: context.nowMs - (call.calledMs ?? context.nowMs),
      },
      causedBy: call.calledEventId,
    });
  }
  if (turn.open) {
    const invocationId = invocationIdOf(context, turn.begun - 1);
    events.push({ type: "agent.invocation.completed", payload: { invocationId, agentId, outcome: "failed" } });
  }
  const childRunIds = calls.flatMap(({ status, childRunId }) =>
    status !== "ended" && childRunId !== undefined ? [childRunId] : [],
  );
  return { events, childRunIds };
}
