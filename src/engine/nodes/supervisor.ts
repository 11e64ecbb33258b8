// core.orchestrator.supervisor: an agent that returns one decision per turn: the next worker, a question, or the end
// (agents.md §7). The model answers JSON {decision, task?, answer?}; what it decided is checked before it counts.
//
//   CO-1  `runOrchestrator.decided` stands in the log before anything the decision causes
//   CO-3  one decision more than the agent's bound ends the run as failed
//   CP-1  a decision of low confidence is held until a person ratifies it
//
// Serves parley's own roster only, so far.

import type { EffectResult } from "#ports/effects.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { OrchestratorDecision } from "#protocol/orchestration.ts";
import { SUPERVISOR } from "../loop.ts";
import type { NodeContext, NodeOutcome, NodeType } from "../node-type.ts";
import { AgentConfig, agentConfigOf } from "../turn/config.ts";
import { failTurn, readModelResult } from "../turn/model-call.ts";
import { keep, type Notes, noteDecision, noteInvocationEnd, noteReasoning, openNotes } from "../turn/notes.ts";
import { beginRound } from "../turn/step.ts";
import { parseTurn, type SupervisorTurn } from "../turn/supervision.ts";
import { abandonTurn, textMissing } from "./agent.ts";

/** Below this a decision waits for a person, unless the run says otherwise (agents.md §4). */
const ESCALATION_THRESHOLD = 0.7;
/** Answers in a row that are no decision; then the run fails. */
const MAX_UNUSABLE = 3;

export const supervisor: NodeType = {
  typeId: SUPERVISOR,
  internal: true,
  effectful: true,
  config: AgentConfig,
  start: (context) => {
    if (!context.turn && typeof context.runInputs.text !== "string") return textMissing();
    const config = agentConfigOf(context.config);
    const decided = context.orchestration?.steps.length ?? 0;
    if (decided >= config.bounds.maxRounds) return capReached(context, config, decided);
    return beginRound(context, config);
  },
  onEffect: (context, result) => decide(context, agentConfigOf(context.config), result),
  onAnswer: (context, answer) => ratify(context, agentConfigOf(context.config), answer),
  onAbandon: abandonTurn,
};

function capReached({ nodeId }: NodeContext, config: AgentConfig, decided: number): NodeOutcome {
  const limit = config.bounds.maxRounds;
  return {
    kind: "fail",
    events: [
      { type: "cap.breached", payload: { kind: "orchestrator-iterations", limit, observed: decided + 1, nodeId } },
    ],
    error: {
      code: "loop_limit_exceeded",
      message: `${config.persona} stopped without an answer: it took more than ${limit} steps.`,
      details: { limit, observed: decided + 1 },
    },
  };
}

function decide(context: NodeContext, config: AgentConfig, result: EffectResult): NodeOutcome {
  const notes = openNotes();
  const read = readModelResult(context, notes, result);
  if ("error" in read) return failTurn(context, config, notes, read.error);
  const { text, model, reasoning } = read.answer;
  const parsed = parseTurn(text, config.colleagues);
  noteReasoning(notes, context, config, reasoning || ("problem" in parsed ? "Decides." : inWords(parsed.turn, config)));
  noteAnswer(context, config, notes, { text, model, ...("problem" in parsed && { problem: parsed.problem }) });
  if ("problem" in parsed) return again(context, config, notes, parsed.problem);
  return held(context, config, notes, parsed.turn);
}

function noteAnswer(
  context: NodeContext,
  config: AgentConfig,
  notes: Notes,
  { text, model, problem }: { text: string; model: string; problem?: string },
): void {
  const { runId, nodeId } = context;
  const round = (context.node.turn?.begun ?? 1) - 1;
  notes.events.push({
    type: "parley.agent.answered",
    payload: {
      nodeId,
      agentId: config.agentId,
      model,
      ...keep(notes, `said:${runId}:${nodeId}:${round}`, text),
      calls: [],
      ...(problem !== undefined && { problem }),
    },
  });
}

/** The model is told what is wrong with its answer, and asked once more. */
function again(context: NodeContext, config: AgentConfig, notes: Notes, problem: string): NodeOutcome {
  noteDecision(notes, config, { kind: "invalid", problem });
  const unusable = (context.node.turn?.rounds ?? []).toReversed();
  const inARow = unusable.findIndex((round) => round.problem === undefined);
  if ((inARow === -1 ? unusable.length : inARow) + 1 >= MAX_UNUSABLE) {
    const message = `${config.persona} gave no usable decision: ${problem}`;
    return failTurn(context, config, notes, { code: "validation_error", message });
  }
  noteInvocationEnd(notes, context, config, "completed");
  return beginRound(context, config, notes);
}

/** A decision of low confidence is held (CP-1); every other one counts at once. */
function held(context: NodeContext, config: AgentConfig, notes: Notes, turn: SupervisorTurn): NodeOutcome {
  const decision = turn.decision as unknown as JsonObject;
  const confidence = "confidence" in turn.decision ? turn.decision.confidence : undefined;
  noteDecision(notes, config, decision, confidence);
  const { escalationThreshold } = context.configurable;
  const threshold = typeof escalationThreshold === "number" ? escalationThreshold : ESCALATION_THRESHOLD;
  if (confidence === undefined || confidence >= threshold) return settle(context, config, notes, turn);
  noteInvocationEnd(notes, context, config, "escalated");
  const data = { agentId: config.agentId, threshold, observed: confidence, decision };
  return { kind: "ask", interrupt: { kind: "low-confidence", data }, ...notes };
}

/** A person said what shall be done; the task stays as the supervisor put it. */
function ratify(context: NodeContext, config: AgentConfig, answer: Json): NodeOutcome {
  const said = context.node.turn?.rounds.at(-1)?.said;
  const proposed = said && "text" in said ? parseTurn(said.text, config.colleagues) : undefined;
  const turn: SupervisorTurn = {
    ...(proposed && "turn" in proposed ? proposed.turn : {}),
    decision: answer as unknown as OrchestratorDecision,
  };
  return settle(context, config, openNotes(), turn);
}

function settle(context: NodeContext, config: AgentConfig, notes: Notes, turn: SupervisorTurn): NodeOutcome {
  if (context.node.turn?.open) noteInvocationEnd(notes, context, config, "completed");
  const decision = turn.decision as unknown as JsonObject;
  const iteration = (context.orchestration?.steps.length ?? 0) + 1;
  notes.events.push({
    type: "runOrchestrator.decided",
    payload: { agentId: config.agentId, decision, iteration },
  });
  const workers = turn.decision.kind === "next-worker" ? turn.decision.nextWorkerIds : [];
  const output: JsonObject = {
    decision,
    agent: config.agent,
    workers: workers.map((id) => config.colleagues.find(({ workflowId }) => workflowId === id)?.agentId ?? id),
    ...(turn.task !== undefined && { task: turn.task }),
    ...(turn.answer !== undefined && { answer: turn.answer }),
  };
  return { kind: "complete", outputs: { output }, ...notes };
}

function inWords({ decision }: SupervisorTurn, config: AgentConfig): string {
  switch (decision.kind) {
    case "next-worker": {
      const names = decision.nextWorkerIds.map(
        (id) => config.colleagues.find(({ workflowId }) => workflowId === id)?.persona ?? id,
      );
      return `Hands on to ${names.join(", then ")}.`;
    }
    case "ask-user":
      return "Asks the user.";
    case "terminate":
      return "Is done.";
  }
}
