// Rulings of runs.md §8 to §10: events, bounds and the snapshot.

import type { Ruling } from "../../ruling.ts";

export const events: readonly Ruling[] = [
  {
    id: "runs 8/1",
    says: "every payload fits its published schema, and closed ones have nothing more",
    by: ["events", "have payloads of the shape that their type has"],
  },
  {
    id: "runs 8/2",
    says: "nodeId stands on every node-scoped event",
    by: ["events", "carry the node that they are about, in the envelope and in the payload"],
  },
  {
    id: "runs 8/3",
    says: "node.failed is written once, after the retries, with attempts",
    by: ["retries", "fails once, after the last try, and says how often it was tried"],
  },
  {
    id: "runs 8/4",
    says: "node.retried stands between attempts, counts from 1 and names its delay",
    by: ["retries", "is tried as often as its own settings say, with growing and bounded waits"],
  },
  {
    id: "runs 8/5",
    says: "cap.breached precedes the node that never starts",
    by: ["runs", "stops at recursionLimit: cap.breached, no further node, then run.failed"],
  },
  {
    id: "runs 8/6",
    says: "interrupt.requested carries exactly the interrupt payload",
    by: ["waiting", "for approval is waiting-approval; its question has the shape of its kind"],
  },
  {
    id: "runs 8/7",
    says: "no event holds a registered secret",
    by: ["webhooks-delivery", "stands in no log of the daemon, and is masked in events like any other secret"],
  },
  {
    id: "runs 8/8",
    says: "a cascaded run.cancelled names parent-cancelled and parentRunId",
    by: ["children-cascade", "reaches the child within 5 s, and its question is gone"],
  },
  {
    id: "runs 8/9",
    says: "log, debug and vendor types are shown in debug only",
    by: [
      "stream-modes",
      "updates: transitions only, as they stand in the log",
      "debug: every event, unfiltered",
      "are tried on every type of the table",
    ],
  },
  {
    id: "runs 9/1",
    says: "recursionLimit breaches as node-executions with observed above limit, and fails with recursion_limit_exceeded",
    by: ["runs", "stops at recursionLimit: cap.breached, no further node, then run.failed"],
  },
  {
    id: "runs 9/2",
    says: "runTimeoutMs breaches as run-duration and fails with run_timeout and details.elapsedMs",
    by: ["runs", "fails a run that takes longer than runTimeoutMs, also while it waits for a person"],
  },
  {
    id: "runs 9/3",
    says: "maxLoopIterations breaches as loop-iterations and fails with loop_limit_exceeded",
    by: ["children-orchestrator", "decides as often as the run's bound allows; one more fails the run"],
  },
  {
    id: "runs 9/4",
    says: "values of the wrong type or below 1 are 400 at creation; above the ceiling they are clamped",
    by: [
      "runs",
      "refuses recursionLimit 0",
      "refuses recursionLimit as text",
      "refuses runTimeoutMs as text",
      "clamps a recursionLimit above the host's own",
    ],
    also: [
      "children-orchestrator",
      'refuses "3" as a bound when the run is created',
      "takes the host's bound where the run asks for more",
    ],
  },
  { id: "runs 9/5", says: "retries count as node executions", by: ["retries", "spends a node execution on every try"] },
  {
    id: "runs 9/6",
    says: "a limit that is advertised is enforced",
    by: [
      "runs",
      "clamps a recursionLimit above the host's own, and enforces its own",
      "hold for runs that ask for more: the lower bound counts",
    ],
  },
  {
    id: "runs 10/1",
    says: "currentNodeId and interrupt are there while it waits",
    by: ["runs", "shows the question while it waits, and nothing of it afterwards"],
  },
  {
    id: "runs 10/2",
    says: "nodeStates tells status, attempts and times of each node",
    by: ["nodes", "tells of each node its status, attempts, times and error"],
  },
  {
    id: "runs 10/3",
    says: "variables are defaults, inputs and writes, sensitive ones masked",
    by: ["runs", "keeps inputs nobody declared, and fills in defaults"],
    also: ["graph", "is masked in events, snapshots and streams"],
  },
  { id: "runs 10/4", says: "channels shows the folded values", by: ["channels", "append keeps all, in order"] },
  {
    id: "runs 10/5",
    says: "error is there on a failed run, and closed",
    by: ["nodes", "has an error with a code and a message only where the run failed"],
  },
  {
    id: "runs 10/6",
    says: "engineVersion is text, eventLogSchemaVersion is 2",
    by: ["fixtures", "has a snapshot that tells how it ended"],
  },
  {
    id: "runs 10/7",
    says: "tags, metadata and configurable are echoed",
    by: ["fixtures", "has a snapshot that tells how it ended"],
  },
  {
    id: "runs 10/8",
    says: "metrics.openwopCost is closed, and absent when nothing was called",
    by: ["nodes", "of a run that called no model has no cost, and not a cost of zero"],
    also: ["threads", "whose run says what the model used"],
  },
  {
    id: "runs 10/9",
    says: "a child shows parentRunId and parentNodeId, a parent childRuns",
    by: ["children", "takes the child's variable, and both know each other"],
  },
  {
    id: "runs 10/10",
    says: "a fork shows sourceRunId, forkMode and fromSeq",
    by: ["fork", "says in the snapshot where the run comes from, and keeps its owner"],
  },
  {
    id: "runs 10/11",
    says: "the ETag changes on every transition, and If-None-Match answers 304 without a body",
    by: ["run-reads", "moves its validator with every transition, and answers 304 with nothing in it until then"],
    also: ["runs", "has a strong ETag: 304 until something happens"],
  },
  {
    id: "runs 10/12",
    says: "encodings are negotiated, named in Vary, and decode to the same bytes",
    by: [
      "run-reads",
      "in gzip decodes to the very bytes",
      "in br decodes to the very bytes",
      "in zstd decodes to the very bytes",
    ],
  },
  {
    id: "runs 8/10",
    says: "run.started is the first event, and the one terminal event the last",
    by: ["events", "begin with the one run.started, and end with the one that says how"],
  },
  {
    id: "runs 8/11",
    says: "eventIds are unique, and causes stand before what they cause",
    by: ["events", "have ids of their own, times that do not go back, and causes that stand before them"],
  },
  {
    id: "runs 8/12",
    says: "a node starts before it ends, and a skipped one stands alone",
    by: ["events", "start a node before they end it, each end once per start"],
  },
  {
    id: "runs 8/13",
    says: "artifact.created names an artifact that can be read, of its run only",
    by: [
      "artifacts",
      "are told by artifact.created and can be read, whole",
      "belong to their run: another run, or another id, is 404",
    ],
  },
];
