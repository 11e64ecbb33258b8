// Rulings of runs.md §11 to §13: channels, retries, dead letters and schedules.

import type { Ruling } from "../../ruling.ts";

export const channels: readonly Ruling[] = [
  { id: "runs 11/1", says: "replace keeps the last write", by: ["channels", "replace keeps the last"] },
  {
    id: "runs 11/2",
    says: "append pushes, and drops the oldest over maxSize",
    by: ["channels", "append keeps all, in order", "append drops the oldest over maxSize"],
  },
  {
    id: "runs 11/3",
    says: "merge is shallow, counter adds, votes replaces by userId, feedback pushes",
    by: [
      "channels",
      "merge is shallow",
      "counter adds, and takes away",
      "votes has one vote of each user",
      "feedback keeps all",
    ],
  },
  {
    id: "runs 11/4",
    says: "message is idempotent on messageId, the first wins",
    by: ["channels", "message keeps the first of each id", "conformance-message-reducer keeps each message once"],
  },
  {
    id: "runs 11/5",
    says: "other reducers refuse a write beyond maxSize",
    by: [
      "channel-rules",
      "more messages than maxSize: the node fails",
      "more members than maxSize: the node fails",
      "a longer list than maxSize: the node fails",
    ],
  },
  {
    id: "runs 11/6",
    says: "channel.written carries the input, the reducer and writtenAt",
    by: ["channels", "writes one closed event per write"],
  },
  {
    id: "runs 11/7",
    says: "declared names are not writable through variables",
    by: [
      "channel-rules",
      "to a declared channel through core.setVariable is validation_error",
      "to a declared channel through core.identity is validation_error",
    ],
  },
  {
    id: "runs 11/8",
    says: "legacy prefixes fold by their reducers and write channel.written",
    by: [
      "channels",
      "of the old kind _approvalVotes:gate folds as append",
      "of the old kind _clarificationAnswers:gate folds as merge",
      "of the old kind _loopbackCount:gate folds as counter",
      "of the old kind wfArtifactData_x folds as replace",
    ],
  },
  {
    id: "runs 11/9",
    says: "a denied read or write is channel_access_denied with its details",
    by: ["channel-rules", "private keeps everybody out", "writers names another node", "readers names another node"],
  },
  {
    id: "runs 11/11",
    says: "ttlMs entries have value and _ts, and old ones go at the next write",
    by: [
      "channels",
      "conformance-channel-ttl: what outlived its time is gone at the next write",
      "stamps its entries when they have a time to live, on every surface",
    ],
  },
  {
    id: "runs 11/12",
    says: "ttlMs on other reducers and unknown vendor reducers are refused",
    by: ["channel-rules", "with ttlMs on counter", "with a reducer of a vendor"],
  },
  {
    id: "runs 12/1",
    says: "maxRetries and the node's own retry settings repeat what is retryable",
    by: [
      "retries",
      "is tried as often as its own settings say",
      "is tried as often as its workflow says",
      "is tried once where nobody says more",
    ],
  },
  {
    id: "runs 12/2",
    says: "validation, authorization, capability and refusal errors are not retried",
    by: [
      "retries",
      "is not tried again > whose input cannot be had",
      "is not tried again > that needs what nobody provides",
      "is not tried again > that was refused",
    ],
  },
  {
    id: "runs 12/3",
    says: "node.settings.timeoutMs fails the attempt with node_timeout",
    by: ["retries", "is stopped at its own time limit, and that can be tried again"],
  },
  {
    id: "runs 12/4",
    says: "retry exhaustion appends run.dead_lettered before run.failed, and the run stays readable and fork-eligible",
    by: ["dead-letters", "says so before it fails, and failing stays its last event"],
  },
  {
    id: "runs 12/5",
    says: "compensation is refused and its status omitted while it is off",
    by: ["workflows", "settings.compensation"],
    also: ["compensation", "claims nothing, refuses policies, and shows no status"],
  },
  {
    id: "runs 12/6",
    says: "compensation that is on is advertised, and refuses unsound policies",
    by: [
      "compensation",
      "says so in discovery, with what policies may ask for",
      "refuses a policy without triggers",
      "refuses an inverse of an irreversible effect",
      "refuses an input that is no recorded fact",
    ],
  },
  {
    id: "runs 12/7",
    says: "inverses run in the reverse order of completion, after the plan is written and before the run's end",
    by: ["compensation", "undoes a failed run in the reverse order, then lets it fail"],
  },
  {
    id: "runs 12/8",
    says: "an inverse has one identity over its tries",
    by: ["compensation", "reaches the world with one key per obligation, however often it has to try"],
  },
  {
    id: "runs 12/9",
    says: "the rollup tells partial and manual ends apart, beside the run's status",
    by: ["compensation", "counts what could not be undone", "leaves the rest to people where the policy wants that"],
  },
  {
    id: "runs 12/10",
    says: "a replay never fires an inverse again",
    by: ["compensation", "replays what was undone, and calls nobody"],
  },
  { id: "runs 13/1", says: "a schedule survives a restart", by: ["schedules", "a schedule survives a restart"] },
  {
    id: "runs 13/2",
    says: "one run per tick, never two at once",
    by: ["schedules", "runs every second, once per slot"],
  },
  {
    id: "runs 13/3",
    says: "a fire time beyond the horizon is refused with details.maxFutureHorizon",
    by: ["schedules", "is refused for a delay beyond the horizon"],
  },
  {
    id: "runs 13/4",
    says: "missed ticks fire once or are skipped, never as a backlog",
    by: ["dead-letters", 'scheduling/tick {"scenario":"missed-window","missedTicks":48} starts 1 run'],
  },
  {
    id: "runs 13/5",
    says: "an unknown zone is invalid_timezone",
    by: ["schedules", "is refused for a zone that there is not"],
  },
  {
    id: "runs 13/6",
    says: "sub-minute ticks of five fields are refused",
    by: ["schedules", "is refused for less than a minute in five fields"],
  },
  {
    id: "runs 13/7",
    says: "a fired run sees firedAt, scheduledFor, cron, timezone and isCatchUp",
    by: ["schedules", "and is told what fired it"],
  },
  {
    id: "runs 11/13",
    says: "a channel-write trigger starts its node once per write, and not by what it started",
    by: [
      "channel-triggers",
      "starts its node in the same run, once per write, after the write",
      "does not fire by what it started, nor by what follows that",
    ],
  },
  {
    id: "runs 11/14",
    says: "triggers that go round end at maxLoopbackIterations",
    by: ["channel-triggers", "that goes round with another ends at maxLoopbackIterations"],
  },
  {
    id: "runs 11/15",
    says: "a sensitive channel is masked in events, snapshots and streams, and folds all the same",
    by: ["channels", "is masked in events, snapshots and streams, and folds all the same"],
  },
  {
    id: "runs 12/11",
    says: "a dead letter stands for retentionDays, and is not redriven by itself",
    by: [
      "dead-letters",
      "stands in the list and by itself, for as long as discovery says",
      "is not redriven by itself, and begins again with the node that failed when somebody asks",
    ],
  },
  {
    id: "runs 12/12",
    says: "failures that no retry could mend are no dead letters",
    by: ["dead-letters", "a failure that no retry could mend", "a failure of a node that asked for no retry"],
  },
];
