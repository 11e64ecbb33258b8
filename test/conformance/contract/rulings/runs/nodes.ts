// Rulings of runs.md §6.1, §6.5 and §6.6: plain nodes and gates.

import type { Ruling } from "../../ruling.ts";

export const nodes: readonly Ruling[] = [
  {
    id: "runs 6.1/1",
    says: "core.noop completes at once without output",
    by: ["nodes", "core.noop completes at once and brings nothing"],
  },
  {
    id: "runs 6.1/2",
    says: "core.identity echoes its ports and folds them into the variables",
    by: ["nodes", "core.identity hands on each port under its name, and makes variables of them"],
  },
  {
    id: "runs 6.1/3",
    says: "core.delay waits by a durable timer, its run input overrides, and it answers waitedMs",
    by: ["nodes", "core.delay takes delayMs", "core.delay takes durationMs", "core.delay takes ms"],
    also: ["recovery", "goes on with every run, and says so when the run next advances"],
  },
  {
    id: "runs 6.1/4",
    says: "core.fail always fails, with its code and message or the defaults",
    by: ["nodes", "core.fail fails with the code and message of its config"],
    also: ["fixtures", "conformance-failure fails, with one error in event and snapshot"],
  },
  {
    id: "runs 6.1/5",
    says: "core.setVariable writes variable.changed, core.getVariable reads",
    by: ["nodes", "core.setVariable tells what was and what is; core.getVariable reads it"],
  },
  {
    id: "runs 6.1/6",
    says: "core.channelWrite writes channel.written and answers channelName and size",
    by: [
      "channels",
      "append keeps all, in order",
      "is the run variable of its name, appended to unless the node says otherwise",
    ],
  },
  {
    id: "runs 6.1/7",
    says: "core.interrupt suspends as its kind says, and its answer is its output",
    by: [
      "waiting",
      "for external-event writes its events in the contract's order, and hands on the answer",
      "for custom writes its events in the contract's order, and hands on the answer",
    ],
  },
  {
    id: "runs 6.1/8",
    says: "core.approvalGate enforces its actions",
    by: ["fixtures", "refuses an action that was not offered and stays waiting"],
  },
  {
    id: "runs 6.1/9",
    says: "core.clarificationGate hands its node the map of answers",
    by: ["waiting", "for clarification writes its events in the contract's order, and hands on the answer"],
    also: ["fixtures", "takes answers as a map", "takes answers as a list of id and answer"],
  },
  {
    id: "runs 6.1/10",
    says: "core.ai.callPrompt answers content, usage and finishReason, and streams output.chunk",
    by: ["call-prompt", "writes one chunk per token in order, the last with reason and usage"],
  },
  {
    id: "runs 6.1/11",
    says: "passthrough nodes write no agent events",
    by: ["nodes", "core.identity hands on each port under its name, and makes variables of them"],
    also: [
      "interrupt-fixtures",
      "conformance-agent-identity: the snapshot names the agent, and no agent event is written",
    ],
  },
  {
    id: "runs 6.5/1",
    says: "an approval writes node.suspended, interrupt.requested, approval.requested, then approval.received, interrupt.resolved, node.resumed",
    by: ["waiting", "for approval writes its events in the contract's order, and hands on the answer"],
  },
  {
    id: "runs 6.5/2",
    says: "a quorum takes votes one by one, duplicates change nothing, the last accept resumes",
    by: ["interrupt-fixtures", "the third of different voters resumes"],
  },
  {
    id: "runs 6.5/3",
    says: "a majority of rejects ends the gate",
    by: ["interrupt-fixtures", "two of three who refuse end it"],
  },
  {
    id: "runs 6.6/1",
    says: "a conversation writes opened, exchanged with growing turnIndex, closed, and only then resumes",
    by: ["conversations", "exchanges turns without going on, and goes on with the outcome when it is closed"],
  },
  {
    id: "runs 6.6/2",
    says: "conversation suspends write no clarification events",
    by: ["conversations", "exchanges turns without going on, and goes on with the outcome when it is closed"],
    also: [
      "interrupt-fixtures",
      "conformance-conversation-vs-clarification: opened, exchanged, closed, and nothing clarified",
    ],
  },
  {
    id: "runs 6.6/3",
    says: "turns fold into the conversation channel by messageId",
    by: ["conversations", "folds its turns into the workflow's channel, without the id of the run"],
  },
  {
    id: "runs 6.6/4",
    says: "mockAutoResume drives the whole exchange",
    by: ["conversations", "says 1 turns (turnCount undefined)", "says 3 turns (turnCount 3)"],
  },
  {
    id: "runs 6.6/5",
    says: "after a replay fork the channel is byte-equal",
    by: ["interrupt-fixtures", "a fork that replays shows the very bytes of the channel"],
  },
  {
    id: "runs 6.1/12",
    says: "core.conditional opens one way and closes the other",
    by: ["nodes", "core.conditional opens one way and closes the other"],
  },
  {
    id: "runs 6.1/13",
    says: "core.start and core.end hand on what comes in",
    by: ["nodes", "core.start and core.end hand on what comes in"],
  },
];
