// A run's events in plain words, for people who follow a message.
//
//   Total: a type that has no sentence here is left out of the trace, the run's own page shows every event.

import type { RunEvent } from "#protocol/events.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { isTerminalStatus, type RunStatus } from "#protocol/status.ts";

/** `text`: one sentence. `detail`: what it was about, cut. */
export interface Said {
  text: string;
  detail?: string;
}

const MAX_DETAIL_CHARACTERS = 300;

export function sayEvent(event: RunEvent): Said | undefined {
  const sentence = Object.hasOwn(sentences, event.type) ? sentences[event.type] : undefined;
  return sentence?.(event.payload, event.nodeId ?? textOf(event.payload.nodeId) ?? "");
}

type Sentence = (payload: JsonObject, node: string) => Said | undefined;

const sentences: Readonly<Record<string, Sentence>> = {
  "run.started": () => ({ text: "The run begins." }),
  "run.completed": ({ durationMs }) => ({ text: `The run is done${after(durationMs)}.` }),
  "run.failed": ({ error, durationMs }) => withDetail(`The run failed${after(durationMs)}.`, messageOf(error)),
  "run.cancelled": ({ cancelledBy, reason }) =>
    withDetail(`The run was stopped by ${textOf(cancelledBy) ?? "the host"}.`, textOf(reason)),
  "node.started": ({ attempt }, node) => ({
    text: Number(attempt) > 0 ? `Step ${node} begins again (try ${Number(attempt) + 1}).` : `Step ${node} begins.`,
  }),
  "node.completed": ({ durationMs }, node) => ({ text: `Step ${node} is done${after(durationMs)}.` }),
  "node.failed": ({ error }, node) => withDetail(`Step ${node} failed.`, messageOf(error)),
  "node.retried": ({ delayMs, lastError }, node) =>
    withDetail(`Step ${node} did not work and is tried again in ${seconds(delayMs)}.`, messageOf(lastError)),
  "node.skipped": ({ reason }, node) => withDetail(`Step ${node} is left out.`, textOf(reason)),
  "node.cancelled": (_payload, node) => ({ text: `Step ${node} was stopped.` }),
  "node.suspended": ({ kind }, node) => ({ text: `Step ${node} waits: ${waitsFor(kind)}.` }),
  "node.resumed": (_payload, node) => ({ text: `Step ${node} goes on.` }),
  "node.dispatched": ({ childWorkflowId, childRunId, childStatus }) =>
    isTerminalStatus(textOf(childStatus) as RunStatus)
      ? withDetail(`${textOf(childWorkflowId) ?? "Another run"} came back: ${String(childStatus)}.`, textOf(childRunId))
      : handedTo(childWorkflowId, childRunId),
  "core.workflowChain.event": ({ phase, workerId, childRunId }) =>
    phase === "dispatch.succeeded" ? handedTo(workerId, childRunId) : undefined,
  "approval.requested": ({ title }) => withDetail("An approval is asked for.", textOf(title)),
  "approval.received": ({ action, decidedBy }) =>
    withDetail(`The approval was answered${by(decidedBy)}.`, textOf(action)),
  "clarification.requested": ({ questions }) => withDetail("A question is asked.", firstQuestion(questions)),
  "clarification.resolved": ({ answeredBy }) => ({ text: `The question was answered${by(answeredBy)}.` }),
  "agent.toolCalled": ({ toolName, agentId, inputs }) =>
    withDetail(`${agentName(agentId)} uses ${shortTool(toolName) ?? "a tool"}.`, jsonText(inputs)),
  "agent.toolReturned": ({ toolName, error, status, durationMs }) => {
    const tool = shortTool(toolName) ?? "The tool";
    const failed = error !== undefined || (status !== undefined && status !== "ok");
    if (failed) return withDetail(`${tool} did not work${after(durationMs)}.`, messageOf(error) ?? textOf(status));
    return { text: `${tool} answered${after(durationMs)}.` };
  },
  "agent.handoff": ({ fromAgentId, toAgentId }) => ({
    text: `${agentName(fromAgentId)} hands over to ${agentName(toAgentId)}.`,
  }),
  "runOrchestrator.decided": ({ agentId, decision }) =>
    withDetail(`${agentName(agentId)} decided what is next.`, decisionOf(decision)),
  "provider.usage": ({ provider, model, inputTokens, outputTokens }) =>
    withDetail(
      `The model ${textOf(model) ?? ""} answered.`,
      `${textOf(provider) ?? "?"}: ${Number(inputTokens ?? 0)} tokens in, ${Number(outputTokens ?? 0)} out`,
    ),
  "cap.breached": ({ kind, limit }) =>
    withDetail("A limit was reached.", `${textOf(kind) ?? "limit"}: ${String(limit)}`),
};

function handedTo(workflowId: Json | undefined, runId: Json | undefined): Said {
  return withDetail(`Work was handed to ${textOf(workflowId) ?? "another run"}.`, textOf(runId));
}

function withDetail(text: string, detail: string | undefined): Said {
  if (detail === undefined || detail === "") return { text };
  const isLong = detail.length > MAX_DETAIL_CHARACTERS;
  return { text, detail: isLong ? `${detail.slice(0, MAX_DETAIL_CHARACTERS)}…`.toWellFormed() : detail };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function messageOf(error: Json | undefined): string | undefined {
  return isJsonObject(error) ? textOf(error.message) : undefined;
}

function jsonText(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function by(principal: Json | undefined): string {
  const name = textOf(principal);
  return name === undefined ? "" : ` by ${name}`;
}

/** `private.parley.agents.chief` → `Chief`. */
function agentName(agentId: Json | undefined): string {
  const last = textOf(agentId)?.split(/[.:]/).at(-1);
  return last ? last.charAt(0).toUpperCase() + last.slice(1) : "An agent";
}

/** `openwop:parley.notes.search` → `notes.search`. */
function shortTool(toolName: Json | undefined): string | undefined {
  return textOf(toolName)?.replace(/^openwop:parley\./, "");
}

function decisionOf(decision: Json | undefined): string | undefined {
  if (!isJsonObject(decision)) return undefined;
  const next = Array.isArray(decision.nextWorkerIds) ? decision.nextWorkerIds.map(String).join(", ") : undefined;
  return [textOf(decision.kind), next ?? textOf(decision.reason)].filter((part) => part !== undefined).join(": ");
}

function firstQuestion(questions: Json | undefined): string | undefined {
  const [first] = Array.isArray(questions) ? questions : [];
  return isJsonObject(first) ? textOf(first.question) : undefined;
}

function waitsFor(kind: Json | undefined): string {
  switch (kind) {
    case "approval":
      return "somebody must approve";
    case "clarification":
      return "somebody must answer a question";
    default:
      return "something outside must happen";
  }
}

function after(durationMs: Json | undefined): string {
  return typeof durationMs === "number" ? ` after ${seconds(durationMs)}` : "";
}

function seconds(ms: Json | undefined): string {
  const value = Number(ms ?? 0);
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
