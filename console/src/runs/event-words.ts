// One line about an event: the exact type stands beside it, so this only says what the type does not. Pure.

import { isObject, type Json, type JsonObject, type RunEvent } from "../api/types.ts";

const MOST_CHARACTERS = 160;

export function summaryOfEvent({ type, payload }: RunEvent): string {
  const text = (name: string) => (typeof payload[name] === "string" ? (payload[name] as string) : "");
  switch (type) {
    case "run.started":
      return text("workflowId");
    case "run.failed":
    case "node.failed":
      return errorOf(payload.error);
    case "run.cancelled":
      return text("reason") || `by ${text("cancelledBy")}`;
    case "node.started":
      return text("typeId");
    case "node.suspended":
    case "interrupt.requested":
      return text("kind");
    case "node.retried":
      return `attempt ${payload.attempt} · ${errorOf(payload.lastError)}`;
    case "agent.toolCalled":
      return shortened(`${text("toolName")} ${payload.inputs === undefined ? "" : JSON.stringify(payload.inputs)}`);
    case "agent.toolReturned":
      return shortened(`${text("toolName")} · ${text("status") || (payload.error ? "error" : "ok")}`);
    case "agent.reasoned":
      return shortened(text("reasoning"));
    case "agent.handoff":
      return `${text("fromAgentId")} → ${text("toAgentId")}`;
    case "agent.decided":
    case "runOrchestrator.decided":
      return decisionOf(payload.decision);
    case "node.dispatched":
      return `${text("childWorkflowId")} ${text("childStatus")}`.trim();
    case "provider.usage":
      return usageOf(payload);
    case "approval.requested":
      return text("title");
    case "approval.received":
      return text("action");
    case "interrupt.resolved":
      return text("resolvedBy") && `by ${text("resolvedBy")}`;
    case "variable.changed":
      return text("name");
    default:
      return "";
  }
}

function usageOf(payload: JsonObject): string {
  const cost = typeof payload.costEstimateUsd === "number" ? ` · ${money(payload.costEstimateUsd)}` : "";
  return `${payload.model} · ${payload.inputTokens} in, ${payload.outputTokens} out${cost}`;
}

function errorOf(error: Json | undefined): string {
  if (!isObject(error)) return "";
  return shortened(`${error.code ?? ""}: ${error.message ?? ""}`);
}

function decisionOf(decision: Json | undefined): string {
  if (!isObject(decision)) return "";
  const workers = Array.isArray(decision.nextWorkerIds) ? ` ${decision.nextWorkerIds.join(", ")}` : "";
  return shortened(`${decision.kind ?? ""}${workers}`);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}

/** US dollars with as many digits as they need to say something. */
export function money(usd: number): string {
  if (usd === 0) return "$0";
  return `$${usd.toFixed(usd < 0.01 ? 4 : 2)}`;
}

export function tokens(count: number): string {
  return count < 10_000 ? String(count) : `${Math.round(count / 1_000)}k`;
}
