// core.dispatch: carries out the supervisor's latest decision (runs.md §6.3). Workers are child runs, one after the
// other; a question goes to the person; the end is the run's end. Then the loop hands back to the supervisor.
//
// Serves parley's own roster only, so far: workers get the supervisor's task as their input `text`.

import type { EffectResult } from "#ports/effects.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { OrchestratorDecision } from "#protocol/orchestration.ts";
import Type, { OneOf } from "#protocol/type.ts";
import { DISPATCH } from "../loop.ts";
import { type EndedEffect, failure, type NodeContext, type NodeOutcome, type NodeType } from "../node-type.ts";
import { CHILD_ENDED_EFFECT, startRun } from "../turn/calls.ts";
import { answerOf, type ChildEnd } from "../turn/step.ts";

/** Workers that one decision may name; ordinals are counted in blocks of this size. */
const MAX_WORKERS = 64;

export const dispatch: NodeType = {
  typeId: DISPATCH,
  internal: true,
  effectful: true,
  config: Type.Object(
    {
      askUserRouting: Type.Optional(OneOf(["clarification", "auto"])),
      workerDispatchModel: Type.Optional(OneOf(["child-run"])),
      fanOutPolicy: Type.Optional(OneOf(["sequential", "reject"])),
    },
    { additionalProperties: false },
  ),
  start: (context) => {
    const decision = decisionOf(context);
    if (!decision) return failure("no_pending_decision", "The supervisor has not decided anything.");
    switch (decision.kind) {
      case "next-worker":
        return dispatchAll(context, decision.nextWorkerIds);
      case "ask-user":
        return ask(decision.prompt);
      case "terminate":
        return finish(context);
    }
  },
  onEffect: afterWorker,
  onAnswer: (_context, answer) => {
    const { answers } = answer as { answers: JsonObject };
    return { kind: "complete", outputs: { output: String(answers[QUESTION] ?? "") } };
  },
  onAbandon: ({ node }) => ({ events: [], childRunIds: node.childRunId === undefined ? [] : [node.childRunId] }),
};

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

/** The hand-over, and the run that is to start. Its id stands in the log first: a cancel finds it. */
function dispatchWorker(context: NodeContext, workers: readonly string[], at: number): NodeOutcome {
  const workflowId = workers[at] as string;
  const childRunId = context.ids.next("run");
  const given = (context.inputs.input ?? {}) as JsonObject;
  const task = typeof given.task === "string" ? given.task : "";
  const agentId = Array.isArray(given.workers) ? given.workers[at] : undefined;
  const ordinal = (context.orchestration?.steps.length ?? 0) * MAX_WORKERS + at;
  return {
    kind: "wait",
    events: [
      {
        type: "agent.handoff",
        payload: {
          fromAgentId: context.orchestration?.agent.agentId ?? "core.system",
          toAgentId: typeof agentId === "string" ? agentId : workflowId,
          childRunId,
        },
      },
    ],
    effects: [startRun(childRunId, ordinal, workflowId, { text: task })],
  };
}

function afterWorker(context: NodeContext, result: EffectResult, ended: EndedEffect): NodeOutcome {
  if (result.outcome !== "done") {
    const error = result.outcome === "failed" ? result.error : { code: "interrupted", message: "interrupted" };
    return { kind: "fail", error: { ...error, retryable: false } };
  }
  if (ended.kind !== CHILD_ENDED_EFFECT) {
    const { childRunId, workflowId } = result.value as { childRunId: string; workflowId: string };
    const payload = { childRunId, childWorkflowId: workflowId };
    return { kind: "wait", effects: [], events: [{ type: "node.dispatched", payload }] };
  }
  return afterChild(context, result.value as unknown as ChildEnd, ended.ordinal % MAX_WORKERS);
}

function afterChild(context: NodeContext, child: ChildEnd, at: number): NodeOutcome {
  if (child.status !== "completed") {
    const reason = child.error?.message ?? `The worker ${child.workflowId} was stopped.`;
    return failure(`child_${child.status}`, reason, { childRunId: child.childRunId });
  }
  const decision = decisionOf(context);
  const workers = decision?.kind === "next-worker" ? decision.nextWorkerIds : [];
  if (at + 1 < workers.length) return dispatchWorker(context, workers, at + 1);
  const outputs = { childRunId: child.childRunId, childStatus: child.status, output: answerOf(child.outputs) };
  return { kind: "complete", outputs };
}

const QUESTION = "answer";

function ask(prompt: string): NodeOutcome {
  const questions = [{ id: QUESTION, question: prompt, schema: { type: "string", minLength: 1 } }];
  return { kind: "ask", interrupt: { kind: "clarification", data: { questions } } };
}

/** The supervisor had another plan, and whoever was asked about it said that this is the end: there is no answer. */
const ENDED_BY_A_PERSON = "This was ended here, without a result.";

/** The end of the loop is the end of the run: with a reply where people wait for one. */
function finish(context: NodeContext): NodeOutcome {
  const given = (context.inputs.input ?? {}) as JsonObject;
  const answer = typeof given.answer === "string" ? given.answer : ENDED_BY_A_PERSON;
  if (!context.turn) return { kind: "finish", outputs: { output: answer } };
  return { kind: "finish", outputs: {}, reply: { text: answer, agent: String(given.agent) } };
}
