// Rulings of runs.md §4: the states of a run, and who moves it.

import type { Ruling } from "../../ruling.ts";

export const control: readonly Ruling[] = [
  {
    id: "runs 4.1/1",
    says: "a created run is pending, then running with run.started, and ends with exactly one terminal event",
    by: ["fixtures", "is accepted as pending and says where to look", "completes with the events of a run of one step"],
  },
  {
    id: "runs 4.1/2",
    says: "approval and low confidence show waiting-approval, conversation.exchange too",
    by: ["waiting", "for approval is waiting-approval", "for low-confidence is waiting-approval"],
    also: ["conversations", "opens with its first turn, caused by the suspension, and waits for people"],
  },
  {
    id: "runs 4.1/3",
    says: "clarification and custom show waiting-input, external-event waiting-external",
    by: [
      "waiting",
      "for clarification is waiting-input",
      "for custom is waiting-input",
      "for external-event is waiting-external",
    ],
  },
  {
    id: "runs 4.1/4",
    says: "a parent that waits for a suspended child mirrors the child's waiting status",
    by: ["children-cascade", "for every kind of waiting, and goes on with it"],
  },
  {
    id: "runs 4.1/5",
    says: "a suspended node does not make the run wait while another runs",
    by: ["waiting", "goes on being running while another branch of it works"],
  },
  {
    id: "runs 4.2/1",
    says: "cancel is idempotent; of an ended run it answers 200 with the actual status",
    by: [
      "cancel",
      "is idempotent: again and again",
      "a completed run answers how it ended",
      "a failed run answers how it ended",
    ],
  },
  {
    id: "runs 4.2/2",
    says: "reason goes to run.cancelled.reason, cancelledBy is the caller",
    by: ["cancel", "ends a running timer within 5 s"],
  },
  {
    id: "runs 4.2/3",
    says: "a run is cancelled within 5 s, whatever it was doing",
    by: [
      "cancel",
      "ends a running timer within 5 s",
      "ends a run that waits for approval within 5 s",
      "ends a run that waits for its next attempt within 5 s",
    ],
  },
  {
    id: "runs 4.2/4",
    says: "the node that was running gets node.cancelled, its open interrupts are invalidated",
    by: ["fixtures", "conformance-cancellable is cancelled in the middle"],
    also: ["cancel", "ends a run that waits for approval within 5 s"],
  },
  {
    id: "runs 4.2/5",
    says: "active children are cancelled with reason parent-cancelled and parentRunId, within the same 5 s",
    by: [
      "children-cascade",
      "reaches the child within 5 s, and its question is gone",
      "reaches the child of a child, and the worker of a dispatch",
    ],
  },
  {
    id: "runs 4.2/6",
    says: "propagateCancellation false leaves a child of a sub-workflow alone",
    by: ["children-cascade", "leaves a child alone that is not to hear of it"],
  },
  {
    id: "runs 4.2/7",
    says: "cancelling a child directly sets no parentRunId and gives its parent a deterministic end",
    by: [
      "children",
      "is failed by a child that is cancelled, with onChildFailure fail-parent",
      "is completed by a child that is cancelled, with onChildFailure absorb",
    ],
  },
  {
    id: "runs 4.2/8",
    says: ":cancel is an alias of /cancel",
    by: ["cancel", "needs no body, and has an older spelling"],
  },
  {
    id: "runs 4.2/9",
    says: "bulk cancel answers one entry per id in request order, always 200 for a valid body",
    by: [
      "bulk-cancel",
      "answers one entry per id: cancelled, over, unknown",
      "is 200 also when no run could be cancelled",
    ],
  },
  {
    id: "runs 4.2/10",
    says: "bulk cancel: already cancelled is ok, completed or failed is run_terminal, unknown is not_found",
    by: ["bulk-cancel", "answers one entry per id: cancelled, over, unknown"],
  },
  {
    id: "runs 4.2/11",
    says: "bulk cancel: an entry's error has error, message and code",
    by: ["bulk-cancel", "answers one entry per id: cancelled, over, unknown"],
  },
  {
    id: "runs 4.2/12",
    says: "bulk cancel: missing, empty, oversized and non-string entries are 400, details.maxRunIds",
    by: [
      "bulk-cancel",
      "refuses no list as a whole",
      "refuses an empty list as a whole",
      "refuses 101 ids as a whole",
      "refuses an id that is no text as a whole",
    ],
  },
  {
    id: "runs 4.2/13",
    says: "a cancel releases the dedup claim",
    by: ["dedup", "refuses a second run of the scope while the first is active"],
  },
  {
    id: "runs 4.3/1",
    says: "pause drains the running node first by default: its end precedes run.paused",
    by: ["pause", "lets the running node come to its end first"],
  },
  {
    id: "runs 4.3/2",
    says: "immediate pauses between events; the node restarts as a fresh attempt on resume",
    by: ["pause", "at once interrupts a node that may begin anew"],
  },
  {
    id: "runs 4.3/3",
    says: "pausing a waiting run is 409 with details.runStatus, and loses no interrupt",
    by: ["pause", "is refused in every other state, which the refusal names", "keeps an open question open"],
  },
  {
    id: "runs 4.3/4",
    says: "pausing a paused run is 409 with details.pausedAt; an ended run is 409 run_terminal",
    by: ["pause", "is refused in every other state, which the refusal names"],
  },
  {
    id: "runs 4.3/5",
    says: "the same Idempotency-Key repeats the 202 of a pause",
    by: ["pause", "repeats the first answer for the same key"],
  },
  {
    id: "runs 4.3/6",
    says: "resuming what is not paused is 409 with details.runStatus",
    by: ["pause", "is refused in every other state, which the refusal names"],
  },
  {
    id: "runs 4.3/7",
    says: "run.paused keeps reason and drainPolicy",
    by: ["pause", "lets the running node come to its end first", "at once interrupts a node that may begin anew"],
  },
  {
    id: "runs 4.3/8",
    says: "paused time does not count toward runTimeoutMs; waiting time does",
    by: ["pause", "does not count toward runTimeoutMs"],
    also: ["runs", "fails a run that takes longer than runTimeoutMs, also while it waits for a person"],
  },
  {
    id: "runs 4.3/9",
    says: "an unknown drainPolicy or member is 400",
    by: ["pause", "refuses what it does not know, strangers, and callers without a key"],
  },
  {
    id: "runs 4.3/10",
    says: "a pause survives a restart",
    by: [
      "pause",
      "that was paused at once is so after the daemon was killed",
      "that was asked to pause is so after the daemon was killed",
    ],
  },
  {
    id: "runs 4.4/1",
    says: "after a restart every run that has not ended goes on, and says so when it next advances",
    by: ["recovery", "goes on with every run, and says so when the run next advances"],
  },
  {
    id: "runs 4.4/2",
    says: "an interrupted node is executed again from its start and no effect is repeated",
    by: ["recovery", "makes a keyed call again under the same identity", "does not repeat a call that must not be"],
  },
  { id: "runs 4.3/11", says: "a paused run can be cancelled", by: ["pause", "can be cancelled, and is over then"] },
];
