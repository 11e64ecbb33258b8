// core.dispatch: carries out the supervisor's latest decision (runs.md §6.3, agents.md §8, §9.2). Workers are child runs,
// one after the other; a question goes to the person; the end is the run's end. Then the loop hands back.
//
// Workers of parley's own roster get the supervisor's task as their input `text`; all others what the mappings say.

import type { EffectResult } from "#ports/effects.ts";
import type { RunError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { OrchestratorDecision } from "#protocol/orchestration.ts";
import Type, { OneOf } from "#protocol/type.ts";
import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import {
  childError,
  harvest,
  Mapping,
  notePlanned,
  noteStatus,
  planChild,
  type StartedChild,
  startError,
  stillWaiting,
} from "../children/child.ts";
import { CHILD_STATUS_EFFECT, START_RUN_EFFECT } from "../children/effects.ts";
import { noteBegun, noteChildEnd, noteNotStarted, noteStarted } from "../children/handoff.ts";
import type { ChildEnd } from "../children/state.ts";
import { DISPATCH, SUPERVISOR } from "../loop.ts";
import {
  type EndedEffect,
  failure,
  type NodeContext,
  type NodeEvent,
  type NodeOutcome,
  type NodeProblem,
  type NodeType,
  type Offered,
} from "../node-type.ts";
import { loopBreach } from "../orchestration/bounds.ts";
import { isRoster } from "../orchestration/config.ts";
import { answerOf } from "../turn/step.ts";
import { conversationGate } from "./conversation.ts";

/** Workers that one decision may name; ordinals are counted in blocks of this size. */
const MAX_WORKERS = 64;

const CONVERSATIONS = "conversationPrimitive";

const PerWorker = Type.Record(Type.String(), Mapping);

export const dispatch: NodeType = {
  typeId: DISPATCH,
  effectful: true,
  followsDecision: true,
  config: Type.Object(
    {
      askUserRouting: Type.Optional(OneOf(["conversation", "clarification", "auto"])),
      workerDispatchModel: Type.Optional(OneOf(["child-run"])),
      fanOutPolicy: Type.Optional(OneOf(["sequential", "reject"])),
      iterationCap: Type.Optional(Type.Integer({ minimum: 1 })),
      inputMapping: Type.Optional(Mapping),
      outputMapping: Type.Optional(Mapping),
      perWorkerInputMappings: Type.Optional(PerWorker),
      perWorkerOutputMappings: Type.Optional(PerWorker),
    },
    { additionalProperties: false },
  ),
  check: checkDispatch,
  start: (context) => {
    const breach = capBreach(context);
    if (breach) return breach;
    const decision = decisionOf(context);
    if (!decision) return failure("no_pending_decision", "The supervisor has not decided anything.");
    switch (decision.kind) {
      case "next-worker":
        return dispatchAll(context, decision.nextWorkerIds);
      case "ask-user":
        return ask(context, decision.prompt);
      case "terminate":
        return finish(context, decision);
    }
  },
  onEffect,
  onSideAnswer: (context, answer, by) => conversationGate.onSideAnswer?.(context, answer, by),
  onAnswer,
  onAbandon: ({ node }) => ({ events: [], childRunIds: node.child ? [node.child.runId] : [] }),
};

function checkDispatch({ config }: WorkflowNode, { nodes }: WorkflowDefinition, offered: Offered): NodeProblem[] {
  const problems: NodeProblem[] = [];
  if (!nodes.some(({ typeId }) => typeId === SUPERVISOR)) {
    problems.push({ path: "typeId", message: "A dispatch needs a supervisor in the same workflow." });
  }
  if (config.askUserRouting === "conversation" && !offered.capability(CONVERSATIONS)) {
    const message = "This host does not offer conversations.";
    problems.push({ path: "config.askUserRouting", message, requiredCapability: CONVERSATIONS, invalid: true });
  }
  return problems;
}

function capBreach({ config, executionsOf }: NodeContext): NodeOutcome | undefined {
  const limit = config.iterationCap;
  if (typeof limit !== "number") return undefined;
  const observed = executionsOf(DISPATCH);
  if (observed <= limit) return undefined;
  return loopBreach(
    { kind: "dispatch-iterations", limit },
    observed,
    `The run carried out more than ${limit} decisions.`,
  );
}

function decisionOf({ orchestration }: NodeContext): OrchestratorDecision | undefined {
  return orchestration?.steps.at(-1)?.decision as unknown as OrchestratorDecision | undefined;
}

function dispatchAll(context: NodeContext, workers: readonly string[]): NodeOutcome {
  if (workers.length > 1 && context.config.fanOutPolicy === "reject") {
    return failure("fan_out_unsupported", "The decision names more than one worker.", { workers: workers.length });
  }
  if (workers.length > MAX_WORKERS) {
    return failure("fan_out_unsupported", `A decision may name ${MAX_WORKERS} workers.`, { workers: workers.length });
  }
  return dispatchWorker(context, workers, 0);
}

/** What a step before this one wrote, in the same outcome. */
interface Before {
  events: NodeEvent[];
  variables: JsonObject;
}

/** The hand-over, and the run that is to start. Its id stands in the log first: a cancel finds it. */
function dispatchWorker(context: NodeContext, workers: readonly string[], at: number, before?: Before): NodeOutcome {
  const { events, variables } = before ?? { events: [], variables: {} };
  const workflowId = workers[at] as string;
  const planned = planChild(context, {
    workflowId,
    ordinal: context.node.execution * MAX_WORKERS + at,
    cause: DISPATCH,
    inputMapping: mappingOf(context, "inputMapping", "perWorkerInputMappings", workflowId),
    outputMapping: mappingOf(context, "outputMapping", "perWorkerOutputMappings", workflowId),
    written: variables,
    // What the decision names must all be there, before the first of it begins.
    ...(at === 0 && { needed: workers.slice(1) }),
    ...(isRoster(context) && { inputs: { text: taskOf(context) } }),
  });
  if (!planned.ok) return failAfter(events, planned.error);
  const handed = [...events, planEvent(context, planned.childRunId, workflowId, at), noteBegun(context, workflowId)];
  return { kind: "wait", events: handed, variables, effects: [planned.effect] };
}

function failAfter(events: NodeEvent[], error: RunError): NodeOutcome {
  return { kind: "fail", error, events };
}

/** A map for this worker takes the place of the map for all; they are never merged. */
function mappingOf({ config }: NodeContext, forAll: string, perWorker: string, workflowId: string): Mapping {
  const own = (config[perWorker] ?? {}) as Record<string, Mapping>;
  if (Object.hasOwn(own, workflowId)) return own[workflowId] as Mapping;
  return (config[forAll] ?? {}) as Mapping;
}

function givenTo({ inputs }: NodeContext): JsonObject {
  return (inputs.input ?? {}) as JsonObject;
}

function taskOf(context: NodeContext): string {
  const { task } = givenTo(context);
  return typeof task === "string" ? task : "";
}

function planEvent(context: NodeContext, childRunId: string, workflowId: string, at: number): NodeEvent {
  if (!isRoster(context)) return notePlanned(context, childRunId, workflowId);
  const { workers } = givenTo(context);
  const agentId = Array.isArray(workers) ? workers[at] : undefined;
  const fromAgentId = context.orchestration?.agent.agentId ?? "core.system";
  const toAgentId = typeof agentId === "string" ? agentId : workflowId;
  return { type: "agent.handoff", payload: { fromAgentId, toAgentId, childRunId } };
}

function onEffect(context: NodeContext, result: EffectResult, ended: EndedEffect): NodeOutcome {
  if (ended.kind === CHILD_STATUS_EFFECT) return noteStatus(context, result);
  const { child } = context.node;
  const workflowId = workersOf(context)[ended.ordinal % MAX_WORKERS] ?? "";
  if (result.outcome !== "done") {
    const error = startError(result);
    return failAfter([noteNotStarted(context, workflowId, error)], error);
  }
  if (ended.kind === START_RUN_EFFECT) {
    const started = result.value as unknown as StartedChild;
    // The child's end can have come before the news that it began.
    if (child?.runId !== started.childRunId || child.begun) return stillWaiting();
    return stillWaiting(noteStarted(context, started.workflowId, started.agentId));
  }
  const end = result.value as unknown as ChildEnd;
  if (child?.runId !== end.childRunId) return stillWaiting();
  return afterChild(context, end, ended.ordinal % MAX_WORKERS);
}

function workersOf(context: NodeContext): readonly string[] {
  const decision = decisionOf(context);
  return decision?.kind === "next-worker" ? decision.nextWorkerIds : [];
}

function afterChild(context: NodeContext, child: ChildEnd, at: number): NodeOutcome {
  const { childRunId, status } = child;
  const outputMapping = mappingOf(context, "outputMapping", "perWorkerOutputMappings", child.workflowId);
  const variables = status === "completed" ? harvest(context, outputMapping, child) : {};
  const isMapped = status === "completed" && Object.keys(outputMapping).length > 0;
  const events = noteChildEnd(context, child, isMapped ? Object.keys(variables) : undefined);
  if (status !== "completed") return failAfter(events, childError(child));
  const workers = workersOf(context);
  if (at + 1 < workers.length) return dispatchWorker(context, workers, at + 1, { events, variables });
  const output: Json = isRoster(context) ? answerOf(child.outputs) : child.outputs;
  return { kind: "complete", outputs: { childRunId, childStatus: status, output }, variables, events };
}

const QUESTION = "answer";

/** In a chat the next message is the answer; elsewhere people talk, as long as the document does not say otherwise. */
function ask(context: NodeContext, prompt: string): NodeOutcome {
  const { askUserRouting } = context.config;
  const talks =
    askUserRouting === "conversation" || (askUserRouting !== "clarification" && !context.isWithheld(CONVERSATIONS));
  if (talks && !isRoster(context)) return conversationGate.start(inConversation(context, prompt));
  const questions = [{ id: QUESTION, question: prompt, schema: { type: "string", minLength: 1 } }];
  return { kind: "ask", interrupt: { kind: "clarification", data: { questions } } };
}

/** The node as a gate that says the prompt; every decision has a conversation of its own. */
function inConversation(context: NodeContext, prompt: string): NodeContext {
  const { execution } = context.node;
  return { ...context, config: { prompt }, node: { ...context.node, ...(execution > 0 && { round: execution }) } };
}

function onAnswer(context: NodeContext, answer: Json): NodeOutcome {
  if (context.node.conversation && conversationGate.onAnswer) return conversationGate.onAnswer(context, answer);
  const { answers } = answer as { answers: JsonObject };
  return { kind: "complete", outputs: { output: answers[QUESTION] ?? "" } };
}

/** The supervisor had another plan, and whoever was asked about it said that this is the end: there is no answer. */
const ENDED_BY_A_PERSON = "This was ended here, without a result.";

/** The end of the loop is the end of the run: with a reply where people wait for one. */
function finish(context: NodeContext, decision: Extract<OrchestratorDecision, { kind: "terminate" }>): NodeOutcome {
  const reason = decision.reason === undefined ? {} : { reason: decision.reason };
  if (!isRoster(context)) return { kind: "finish", outputs: { output: decision as unknown as JsonObject }, ...reason };
  const given = givenTo(context);
  const answer = typeof given.answer === "string" ? given.answer : ENDED_BY_A_PERSON;
  if (!context.turn) return { kind: "finish", outputs: { output: answer } };
  return { kind: "finish", outputs: {}, reply: { text: answer, agent: String(given.agent) } };
}
