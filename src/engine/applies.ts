// Whether a command still means anything: a timer that comes late, an effect of an attempt that is over, an answer to a
// question that was answered do not (engine.ts, E3).

import { isTriggerPending } from "./channels/fire.ts";
import type { Command } from "./engine.ts";
import { isHeldBack } from "./pause/commands.ts";
import type { RecordCommand } from "./replay/command.ts";
import { isWithheld } from "./replay/rows.ts";
import { isEnded, type NodeState, type RunState } from "./state.ts";

/** Whether the command still means anything in this state. */
export function applies(state: RunState, command: Exclude<Command, RecordCommand>): boolean {
  if (isEnded(state)) return false;
  if (isWithheld(state) && command.type !== "cancel") return false;
  if (isHeldBack(state, command)) return false;
  switch (command.type) {
    case "start":
      return state.phase === "pending" && !state.start.fork;
    case "cancel":
      return true;
    case "continue":
    case "setVariables":
    case "pause":
      return state.phase === "running";
    case "compensate":
      return state.phase !== "pending";
    case "resume":
      return state.phase === "paused" || state.pausing !== undefined;
    case "settleEffect":
    case "noteChunks":
      return isAt(state, command.nodeId, command.attempt, "running");
    case "noteCall":
      return (
        isAt(state, command.nodeId, command.attempt, "running") &&
        state.nodes.get(command.nodeId)?.turn?.modelOrdinal === command.effect.ordinal
      );
    case "answerInterrupt":
    case "delegateInterrupt":
      return state.waiting.get(command.nodeId)?.interruptId === command.interruptId;
    case "fireTimer":
      return timerApplies(state, command);
  }
}

function timerApplies(state: RunState, timer: Extract<Command, { type: "fireTimer" }>): boolean {
  switch (timer.purpose) {
    case "run-timeout":
      return state.phase === "running";
    case "channel-trigger":
      return state.phase === "running" && isTriggerPending(state, timer.nodeId);
    case "retry":
      return isAt(state, timer.nodeId, timer.attempt, "retrying");
    case "delay":
    case "node-timeout":
      return isAt(state, timer.nodeId, timer.attempt, "running");
    case "interrupt-timeout":
    case "escalation":
      return isAt(state, timer.nodeId, timer.attempt, "waiting");
  }
}

function isAt(state: RunState, nodeId: string, attempt: number, status: NodeState["status"]): boolean {
  const node = state.nodes.get(nodeId);
  return node?.status === status && node.attempt === attempt;
}
