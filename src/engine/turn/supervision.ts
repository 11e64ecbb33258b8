// What a supervisor's model answers, and how it is read: JSON {decision, task?, answer?}.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { OrchestratorDecision } from "#protocol/orchestration.ts";
import type { Colleague } from "./config.ts";

/** One turn of a supervisor. `task`: what the worker shall do. `answer`: what the person reads in the end. */
export interface SupervisorTurn {
  decision: OrchestratorDecision;
  task?: string;
  answer?: string;
}

export const SUPERVISOR_ANSWER = "orchestrator_turn";

/** The shape that the model is asked to answer in. */
export function supervisorSchema(colleagues: readonly Colleague[]): JsonObject {
  return {
    type: "object",
    properties: {
      decision: {
        type: "object",
        description: "next-worker: hand a task to a worker; ask-user: ask the person; terminate: the work is done.",
        properties: {
          kind: { type: "string", enum: ["next-worker", "ask-user", "terminate"] },
          nextWorkerIds: {
            type: "array",
            items: {
              type: "string",
              ...(colleagues.length > 0 && { enum: colleagues.map(({ workflowId }): Json => workflowId) }),
            },
            description: `With next-worker. ${colleagues.map(({ workflowId, description }) => `${workflowId}: ${description}`).join(" ")}`,
          },
          prompt: { type: "string", description: "With ask-user: the question." },
          reason: { type: "string", description: "With terminate: goal-reached or unrecoverable-error." },
        },
        required: ["kind"],
      },
      task: { type: "string", description: "With next-worker: what to do, complete in itself." },
      answer: { type: "string", description: "With terminate: the answer for the person." },
    },
    required: ["decision"],
  };
}

/**
 * Reads an answer, or says in words for the model what is wrong with it. `inChat`: workers are agents that need a task,
 * and the end needs words for a person.
 */
export function parseTurn(
  text: string,
  colleagues: readonly Colleague[],
  inChat: boolean,
): { turn: SupervisorTurn } | { problem: string } {
  const value = parseObject(text);
  if (!value) return { problem: "The answer was not one JSON object." };
  if (!isJsonObject(value.decision)) return { problem: "The member `decision` is missing." };
  const decision = readDecision(value.decision, colleagues);
  if (typeof decision === "string") return { problem: decision };
  const { task, answer } = value;
  if (inChat && decision.kind === "next-worker" && typeof task !== "string") {
    return { problem: "next-worker needs `task`: what the worker shall do." };
  }
  if (inChat && decision.kind === "terminate" && (typeof answer !== "string" || answer.trim() === "")) {
    return { problem: "terminate needs `answer`: what the person shall read." };
  }
  return {
    turn: {
      decision,
      ...(typeof task === "string" && { task }),
      ...(typeof answer === "string" && { answer }),
    },
  };
}

/** Models like to wrap JSON in a code fence. */
function parseObject(text: string): JsonObject | undefined {
  const bare = text
    .trim()
    .replace(/^```(?:json)?\s*/, "")
    .replace(/\s*```$/, "");
  try {
    const value = JSON.parse(bare) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Only the members that the kind has: a model that fills in empty ones does not fail for it. */
function readDecision(given: JsonObject, colleagues: readonly Colleague[]): OrchestratorDecision | string {
  const { confidence } = given;
  const sure = typeof confidence === "number" && confidence >= 0 && confidence <= 1 ? { confidence } : {};
  switch (given.kind) {
    case "next-worker": {
      const ids = Array.isArray(given.nextWorkerIds) ? given.nextWorkerIds.map(String) : [];
      const known = colleagues.map(({ workflowId }) => workflowId);
      const unknown = known.length === 0 ? undefined : ids.find((id) => !known.includes(id));
      if (ids.length === 0) return "next-worker needs `nextWorkerIds`.";
      if (unknown !== undefined) return `There is no worker ${unknown}. Workers: ${known.join(", ")}.`;
      return { kind: "next-worker", nextWorkerIds: ids, ...sure };
    }
    case "ask-user":
      if (typeof given.prompt !== "string" || given.prompt.trim() === "") return "ask-user needs `prompt`.";
      return { kind: "ask-user", prompt: given.prompt };
    case "terminate": {
      const { reason } = given;
      return { kind: "terminate", ...(typeof reason === "string" && reason !== "" && { reason }), ...sure };
    }
    default:
      return "decision.kind must be next-worker, ask-user or terminate.";
  }
}
