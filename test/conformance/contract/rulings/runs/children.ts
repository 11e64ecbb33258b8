// Rulings of runs.md §6.2 to §6.4: runs below runs, and who decides on them.

import type { Ruling } from "../../ruling.ts";

export const children: readonly Ruling[] = [
  {
    id: "runs 6.2/1",
    says: "a sub-workflow's child has its own log, parentRunId and parentNodeId",
    by: ["children", "takes the child's variable, and both know each other"],
  },
  {
    id: "runs 6.2/2",
    says: "the parent's node.completed carries childRunId and childStatus",
    by: [
      "children",
      "takes the child's variable, and both know each other",
      "is completed by a child that fails, with onChildFailure absorb",
    ],
  },
  {
    id: "runs 6.2/3",
    says: "inputMapping is folded once at creation, after the child's defaults; unset is absent",
    by: [
      "children",
      "the parent's value wins over the child's default",
      "leaves a variable without a value that is mapped from one without",
    ],
  },
  {
    id: "runs 6.2/4",
    says: "later changes of the parent do not reach the child",
    by: ["children", "what changes above does not reach the child"],
  },
  {
    id: "runs 6.2/5",
    says: "outputMapping applies only when the child completed, and leaves the parent alone where it is undefined",
    by: [
      "children",
      "leaves a variable of the parent alone that is mapped from one without a value",
      "is completed by a child that fails, with onChildFailure absorb; nothing is harvested",
    ],
  },
  {
    id: "runs 6.2/6",
    says: "an unknown workflow fails with unknown_child_workflow",
    by: ["children", "fails with unknown_child_workflow when there is none"],
  },
  {
    id: "runs 6.2/7",
    says: "waitForCompletion false is refused",
    by: ["children", "is refused with a child that nobody waits for"],
  },
  {
    id: "runs 6.2/8",
    says: "fail-parent fails with child_failed or child_cancelled, absorb completes with the child's status",
    by: [
      "children",
      "is failed by a child that fails, with onChildFailure fail-parent",
      "is completed by a child that fails, with onChildFailure absorb",
      "is failed by a child that is cancelled, with onChildFailure fail-parent",
    ],
  },
  {
    id: "runs 6.2/9",
    says: "there is one child per node execution",
    by: ["recovery", "finds the child that it had before, and starts no other"],
  },
  {
    id: "runs 6.2/10",
    says: "outputAttestation without its gate is inert",
    by: ["children", "carries an attestation that is not offered as if it were not there"],
  },
  {
    id: "runs 6.3/1",
    says: "dispatch without a decision fails with no_pending_decision",
    by: ["children-dispatch", "that nobody decided anything for fails with no_pending_decision"],
  },
  {
    id: "runs 6.3/2",
    says: "every event of a dispatch has the decision's eventId as causationId",
    by: ["children-dispatch", "everything that it writes follows from the decision it carries out"],
  },
  {
    id: "runs 6.3/3",
    says: "children receive mapped inputs; per-worker mappings replace the default",
    by: [
      "children-dispatch",
      "a variable of the parent is an input of the worker",
      "a map for one takes the place of the map for all",
      "leaves an input out that is mapped from a variable without a value",
    ],
  },
  {
    id: "runs 6.3/4",
    says: "workers run one after the other, and the output of one is visible to the next",
    by: ["children-dispatch", "the second worker gets what the first one brought"],
  },
  {
    id: "runs 6.3/5",
    says: "fanOutPolicy reject fails with fan_out_unsupported",
    by: ["children-dispatch", "refuses to fan out where its document says so"],
  },
  {
    id: "runs 6.3/6",
    says: "iterationCap breaches as dispatch-iterations and fails with loop_limit_exceeded",
    by: ["children-dispatch", "counts its turns where its document says so, and fails at one more"],
  },
  {
    id: "runs 6.3/7",
    says: "a failed child's outputs are not mapped and its failure propagates",
    by: [
      "children-dispatch",
      "fails with its worker, and harvests nothing",
      "fails when somebody cancels its worker, and harvests nothing",
    ],
  },
  {
    id: "runs 6.3/8",
    says: "ask-user suspends with the decision's prompt and the answer is the output",
    by: [
      "children-dispatch",
      "asks the user as conversation.exchange with routing auto",
      "asks the user as clarification with routing clarification",
    ],
  },
  {
    id: "runs 6.3/9",
    says: "terminate completes the run and cancels what is in flight",
    by: ["nodes", "core.dispatch that is told to terminate completes the run and cancels what is in flight"],
  },
  {
    id: "runs 6.3/10",
    says: "node.dispatched is written per child",
    by: ["children-dispatch", "conformance-multi-agent-handoff: four events, each following from the one before"],
  },
  {
    id: "runs 6.4/1",
    says: "runOrchestrator.decided is written before any effect of the decision",
    by: ["children-orchestrator", "every decision stands before what it causes (CO-1)"],
  },
  {
    id: "runs 6.4/2",
    says: "the orchestrator's agentId does not change",
    by: [
      "children-orchestrator",
      "every decision stands before what it causes (CO-1)",
      "whose run has another supervisor already cannot decide (CO-2)",
    ],
  },
  {
    id: "runs 6.4/3",
    says: "a decision below the threshold is held: node.suspended low-confidence, waiting-approval, no decision event",
    by: [
      "children-orchestrator",
      "is held until a person ratifies one (CP-1)",
      "is completed at the threshold 0.5 of its run: equal goes on",
    ],
  },
  {
    id: "runs 6.4/4",
    says: "an orchestrator cap breaches as orchestrator-iterations",
    by: ["children-orchestrator", "decides as often as its own cap allows; one more fails the run"],
  },
  {
    id: "runs 6.4/5",
    says: "handoff events chain by causation from the decision on",
    by: [
      "children-dispatch",
      "four events, each following from the one before",
      "fails with its worker, and harvests nothing",
    ],
  },
  {
    id: "runs 6.4/6",
    says: "mock plans drive conformance workflows, and are refused elsewhere",
    by: ["children-orchestrator", "takes its decisions from a conformance workflow only"],
  },
  {
    id: "runs 6.4/7",
    says: "a confidence under the floor escalates before any dispatch",
    by: [
      "children-orchestrator",
      "below the floor a person says proceed",
      "exactly on the floor is completed",
      "without a word about it is completed",
    ],
  },
  {
    id: "runs 6.3/11",
    says: "a dispatch config that the schema does not have is refused",
    by: [
      "children-dispatch",
      "is refused with a model of dispatch that there is not",
      "is refused with a member that the schema does not have",
    ],
  },
  {
    id: "runs 6.3/12",
    says: "of several workers none starts when one of them does not exist",
    by: ["children-dispatch", "starts none of its workers when one of them does not exist"],
  },
];
