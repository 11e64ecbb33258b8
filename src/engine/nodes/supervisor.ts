// core.orchestrator.supervisor: an agent that returns one decision per turn: the next worker, a question, or the end
// (agents.md §7). A model answers JSON {decision, task?, answer?}, or a conformance document brings its decisions along;
// what was decided is checked before it counts.
//
//   CO-1  `runOrchestrator.decided` stands in the log before anything the decision causes
//   CO-2  all decisions of a run are one agent's
//   CO-3  one decision more than a bound allows ends the run as failed
//   CP-1  a decision of low confidence is held until a person ratifies it

import type { EffectResult } from "#ports/effects.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { OrchestratorDecision } from "#protocol/orchestration.ts";
import { SUPERVISOR } from "../loop.ts";
import type { NodeContext, NodeOutcome, NodeType } from "../node-type.ts";
import { iterationBreach } from "../orchestration/bounds.ts";
import { agentOfNode, checkSupervisor, isShippedSupervisor, SupervisorConfig } from "../orchestration/config.ts";
import { belowFloor, confirmation, lowConfidence, ratified } from "../orchestration/gates.ts";
import { plannedDecision } from "../orchestration/plan.ts";
import { AgentConfig } from "../turn/config.ts";
import { failTurn, readModelResult } from "../turn/model-call.ts";
import { keep, type Notes, noteDecision, noteInvocationEnd, noteReasoning, openNotes } from "../turn/notes.ts";
import { beginRound } from "../turn/step.ts";
import { parseTurn, type SupervisorTurn } from "../turn/supervision.ts";
import { abandonTurn, textMissing } from "./agent.ts";

/** Answers in a row that are no decision; then the run fails. */
const MAX_UNUSABLE = 3;

export const supervisor: NodeType = {
  typeId: SUPERVISOR,
  effectful: true,
  config: SupervisorConfig,
  shippedConfig: AgentConfig,
  check: checkSupervisor,
  start: (context) => {
    const config = agentOf(context);
    if (isShipped(context)) {
      if (!context.turn && typeof context.runInputs.text !== "string") return textMissing();
      return iterationBreach(context, config.persona, config.bounds.maxRounds) ?? beginRound(context, config);
    }
    const { iterationCap } = context.config as SupervisorConfig;
    return iterationBreach(context, config.persona, iterationCap) ?? decideByPlan(context, config);
  },
  onEffect: (context, result) => decide(context, agentOf(context), result),
  onAnswer: (context, answer) => ratify(context, agentOf(context), answer),
  onAbandon: abandonTurn,
};

function isShipped({ config }: NodeContext): boolean {
  return isShippedSupervisor({ typeId: SUPERVISOR, config });
}

function agentOf({ nodeId, workflow }: NodeContext): AgentConfig {
  const node = workflow.nodes.find(({ id }) => id === nodeId);
  if (!node) throw new Error(`the workflow ${workflow.id} has no node ${nodeId}`);
  return agentOfNode(node);
}

function decideByPlan(context: NodeContext, config: AgentConfig): NodeOutcome {
  const planned = plannedDecision(context);
  if (!planned) return beginRound(context, config);
  return held(context, config, openNotes(), { decision: planned.decision }, planned.confidence);
}

function decide(context: NodeContext, config: AgentConfig, result: EffectResult): NodeOutcome {
  const notes = openNotes();
  const read = readModelResult(context, notes, result);
  if ("error" in read) return failTurn(context, config, notes, read.error);
  const { text, model, reasoning } = read.answer;
  const parsed = parseTurn(text, config.colleagues, isShipped(context));
  noteReasoning(notes, context, config, reasoning || ("problem" in parsed ? "Decides." : inWords(parsed.turn, config)));
  noteAnswer(context, config, notes, { text, model, ...("problem" in parsed && { problem: parsed.problem }) });
  if ("problem" in parsed) return again(context, config, notes, parsed.problem);
  const { decision } = parsed.turn;
  return held(context, config, notes, parsed.turn, "confidence" in decision ? decision.confidence : undefined);
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

/** A decision that nobody is sure enough of is held; every other one counts at once. */
function held(
  context: NodeContext,
  config: AgentConfig,
  notes: Notes,
  turn: SupervisorTurn,
  confidence: number | undefined,
): NodeOutcome {
  const { decision } = turn;
  const shown = decision as unknown as JsonObject;
  noteDecision(notes, config, shown, confidence);
  // In a chat a held decision is a card that shows it; everywhere else the floor has a question of its own (ADR 0012).
  const escalation = belowFloor(context, decision, isShipped(context) ? "escalate" : "clarify");
  const card = lowConfidence(context, config.agentId, shown, confidence);
  if (escalation) notes.events.push(escalation);
  const interrupt = escalation && !isShipped(context) ? confirmation(decision) : card;
  if (!interrupt) return settle(context, config, notes, turn);
  if (context.node.turn?.open) noteInvocationEnd(notes, context, config, "escalated");
  return { kind: "ask", interrupt, ...notes };
}

/** A person said what shall be done; the task stays as the supervisor put it. */
function ratify(context: NodeContext, config: AgentConfig, answer: Json): NodeOutcome {
  const said = context.node.turn?.rounds.at(-1)?.said;
  const proposed = said && "text" in said ? parseTurn(said.text, config.colleagues, isShipped(context)) : undefined;
  const turn: SupervisorTurn = {
    ...(proposed && "turn" in proposed ? proposed.turn : {}),
    decision: ratified(answer, context.node.heldDecision),
  };
  return settle(context, config, openNotes(), turn);
}

function settle(context: NodeContext, config: AgentConfig, notes: Notes, turn: SupervisorTurn): NodeOutcome {
  if (context.node.turn?.open) noteInvocationEnd(notes, context, config, "completed");
  const orchestrator = context.orchestration?.agent.agentId;
  if (orchestrator !== undefined && orchestrator !== config.agentId) return anotherAgent(config, orchestrator, notes);
  const decision = turn.decision as unknown as JsonObject;
  const iteration = (context.orchestration?.steps.length ?? 0) + 1;
  notes.events.push({
    type: "runOrchestrator.decided",
    payload: { agentId: config.agentId, decision, iteration },
  });
  const outputs = isShipped(context)
    ? { output: shippedOutput(config, turn) }
    : { output: decision, decision, ...(turn.task !== undefined && { task: turn.task }) };
  return { kind: "complete", outputs, ...notes };
}

/** CO-2. */
function anotherAgent(config: AgentConfig, orchestrator: string, notes: Notes): NodeOutcome {
  const message = `The decisions of this run are those of ${orchestrator}; ${config.agentId} cannot take one.`;
  const details = { agentId: config.agentId, runOrchestrator: orchestrator };
  return { kind: "fail", error: { code: "validation_error", message, details }, ...notes };
}

/** What the dispatch of a roster's loop is told beside the decision. */
function shippedOutput(config: AgentConfig, { decision, task, answer }: SupervisorTurn): JsonObject {
  const workers = decision.kind === "next-worker" ? decision.nextWorkerIds : [];
  return {
    decision: decision as unknown as JsonObject,
    agent: config.agent,
    workers: workers.map((id) => config.colleagues.find(({ workflowId }) => workflowId === id)?.agentId ?? id),
    ...(task !== undefined && { task }),
    ...(answer !== undefined && { answer }),
  };
}

function inWords({ decision }: SupervisorTurn, config: AgentConfig): string {
  return inWordsOf(decision, (id) => config.colleagues.find(({ workflowId }) => workflowId === id)?.persona ?? id);
}

function inWordsOf(decision: OrchestratorDecision, nameOf: (workflowId: string) => string): string {
  switch (decision.kind) {
    case "next-worker":
      return `Hands on to ${decision.nextWorkerIds.map(nameOf).join(", then ")}.`;
    case "ask-user":
      return "Asks the user.";
    case "terminate":
      return "Is done.";
  }
}
