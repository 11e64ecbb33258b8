// The order in which a run says what its agents do (agents.md §3.2, §3.5, §7.3), as rules over a whole log. Each returns
// what is wrong; nothing: the log keeps them.

import type { RunEvent } from "#protocol/events.ts";
import { isTerminalStatus, type RunStatus } from "#protocol/status.ts";

/** What may stand between the two ends of an invocation, in this order. */
const steps = ["agent.promptResolved", "agent.reasoned", "tools", "agent.decided"] as const;

const stepOf = (type: string): (typeof steps)[number] | undefined => {
  if (type === "agent.toolCalled" || type === "agent.toolReturned") return "tools";
  return steps.find((step) => step === type);
};

interface Invocation {
  nodeId: string;
  events: RunEvent[];
}

/** Problems of a run's log; `status`: where the run stands. */
export function checkReasoning(log: readonly RunEvent[], status: RunStatus): string[] {
  const { invocations, problems } = invocationsOf(log);
  for (const invocation of invocations) problems.push(...invocationProblems(invocation, isTerminalStatus(status)));
  const ids = invocations.map(({ events }) => events[0]?.payload.invocationId);
  if (new Set(ids).size < ids.length) problems.push("an invocation id stands twice");
  problems.push(...callProblems(log, isTerminalStatus(status)), ...decisionProblems(log));
  return problems;
}

function invocationsOf(log: readonly RunEvent[]): { invocations: Invocation[]; problems: string[] } {
  const invocations: Invocation[] = [];
  const problems: string[] = [];
  const open = new Map<string, Invocation>();
  for (const event of log) {
    const { type, nodeId = "" } = event;
    if (type === "agent.invocation.started") {
      if (open.has(nodeId)) problems.push(`${event.sequence}: an invocation begins in another one of ${nodeId}`);
      open.set(nodeId, { nodeId, events: [event] });
      invocations.push(open.get(nodeId) as Invocation);
      continue;
    }
    const current = open.get(nodeId);
    const belongs = stepOf(type) !== undefined || type === "provider.usage" || type === "agent.invocation.completed";
    if (!belongs) continue;
    if (!current) problems.push(`${event.sequence}: ${type} stands outside of any invocation`);
    current?.events.push(event);
    if (type === "agent.invocation.completed") open.delete(nodeId);
  }
  return { invocations, problems };
}

function invocationProblems({ nodeId, events }: Invocation, isOver: boolean): string[] {
  const [first, last] = [events[0] as RunEvent, events.at(-1) as RunEvent];
  const where = `${first.payload.invocationId}`;
  const problems: string[] = [];
  const isClosed = last.type === "agent.invocation.completed";
  if (!isClosed && isOver) problems.push(`${where}: never ends`);
  if (isClosed && last.payload.invocationId !== first.payload.invocationId) problems.push(`${where}: ends as another`);
  if (!where.startsWith(`${first.runId}:${nodeId}:`)) problems.push(`${where}: is not named after run and node`);
  const agents = new Set(events.filter(({ type }) => type !== "provider.usage").map(({ payload }) => payload.agentId));
  if (agents.size > 1) problems.push(`${where}: two agents in one invocation`);
  const order = events.flatMap(({ type }) => stepOf(type) ?? []);
  const sorted = order.toSorted((a, b) => steps.indexOf(a) - steps.indexOf(b));
  if (order.join() !== sorted.join()) problems.push(`${where}: out of order: ${order.join(" ")}`);
  const wanted: string[] = ["agent.promptResolved"];
  // Who failed, or was stopped, did not get as far as a decision.
  if (isClosed && last.payload.outcome !== "failed" && last.payload.outcome !== "refused") {
    wanted.push("agent.reasoned", "agent.decided", "provider.usage");
  }
  const types = events.map(({ type }) => type);
  for (const type of wanted) if (!types.includes(type)) problems.push(`${where}: without ${type}`);
  return problems;
}

/** Every call has exactly one end, which follows from it, and says either what came of it or why nothing did. */
function callProblems(log: readonly RunEvent[], isOver: boolean): string[] {
  const problems: string[] = [];
  const open = new Map<string, RunEvent>();
  for (const event of log) {
    const call = `${event.nodeId}:${event.payload.callId}`;
    if (event.type === "agent.toolCalled") {
      if (open.has(call)) problems.push(`${event.sequence}: ${call} is made twice`);
      open.set(call, event);
    }
    if (event.type !== "agent.toolReturned") continue;
    const called = open.get(call);
    open.delete(call);
    if (!called) problems.push(`${event.sequence}: ${call} returns without having been made`);
    if (called && event.causationId !== called.eventId) problems.push(`${event.sequence}: not caused by its call`);
    if (called && event.payload.toolName !== called.payload.toolName) problems.push(`${event.sequence}: another tool`);
    const { outcome, error } = event.payload;
    const ends = [outcome, error].filter((one) => one !== undefined);
    if (ends.length !== 1) problems.push(`${event.sequence}: ${ends.length} ends at once`);
  }
  if (isOver) problems.push(...[...open.keys()].map((call) => `${call} never returns`));
  return problems;
}

/** Decisions are counted, those of one agent, and stand in front of what they cause (CO-1, CO-2). */
function decisionProblems(log: readonly RunEvent[]): string[] {
  const problems: string[] = [];
  const decided = log.filter(({ type }) => type === "runOrchestrator.decided");
  for (const [at, { payload, sequence }] of decided.entries()) {
    if (payload.iteration !== at + 1) problems.push(`${sequence}: iteration ${payload.iteration}, not ${at + 1}`);
    if (payload.agentId !== decided[0]?.payload.agentId) problems.push(`${sequence}: a decision of another agent`);
  }
  const places = new Map(log.map(({ eventId, sequence }) => [eventId, sequence]));
  for (const { type, causationId, sequence, payload } of log) {
    const isHandOver = type === "agent.handoff" || type === "core.workflowChain.event";
    const causeAt = places.get(causationId ?? "");
    if (isHandOver && payload.phase !== undefined && causeAt === undefined)
      problems.push(`${sequence}: without a cause`);
    if (causeAt !== undefined && causeAt >= sequence) problems.push(`${sequence}: stands before its cause`);
  }
  return problems;
}
