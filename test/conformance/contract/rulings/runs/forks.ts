// Rulings of runs.md §14 to §16: forks, versions and errors.

import type { Ruling } from "../../ruling.ts";

export const forks: readonly Ruling[] = [
  {
    id: "runs 14.1/1",
    says: "a fork answers 201 with runId, sourceRunId, fromSeq, mode, status and eventsUrl",
    by: ["fork", "answers 201 with what was made"],
  },
  {
    id: "runs 14.1/2",
    says: "a bad mode, a bad fromSeq and an overlay with replay are 400",
    by: [
      "fork",
      "refuses another mode: 400",
      "refuses a negative fromSeq: 400",
      "refuses a broken fromSeq: 400",
      "refuses a replay with an overlay: 400",
    ],
  },
  {
    id: "runs 14.1/3",
    says: "branch needs fromSeq; replay defaults to 0",
    by: ["fork", "refuses a branch without fromSeq: 400"],
    also: ["replay", "begins at 0 when nothing else is said"],
  },
  {
    id: "runs 14.1/4",
    says: "fromSeq past the log is 422 invalid_from_seq",
    by: ["fork", "refuses a fork past the end (replay): 422", "refuses a fork past the end (branch): 422"],
  },
  {
    id: "runs 14.1/5",
    says: "an unknown source is 404",
    by: ["fork", "POST /v1/runs/{runId}:fork > refuses a run that nobody knows: 404"],
  },
  {
    id: "runs 14.1/6",
    says: "the same Idempotency-Key repeats the fork's answer",
    by: ["fork", "repeats its answer for the same Idempotency-Key, and makes one fork"],
  },
  {
    id: "runs 14.1/7",
    says: "the owner's tenant is copied; the forking principal acts",
    by: ["tenants", "a fork belongs to whom its source belongs, whoever forks it"],
  },
  {
    id: "runs 14.2/1",
    says: "events before fromSeq are copied, those after are the fork's own, and the source is untouched",
    by: ["fork", "branches from every event: the history stands as it was", "keeps the source as it is"],
  },
  {
    id: "runs 14.2/2",
    says: "a replay ends like its source, with equal variables and channels",
    by: [
      "replay",
      "of conformance-identity reads like its source, from every event",
      "of conformance-channel-ttl reads like its source",
    ],
  },
  {
    id: "runs 14.2/3",
    says: "a branch continues from the state at fromSeq with its overlay",
    by: [
      "fork",
      "takes the overlay: options and values of the branch's own",
      "shows a state as of each sequence, the same in the fork",
    ],
  },
  { id: "runs 14.2/4", says: "annotations are never copied", by: ["annotations", "are never copied into a fork"] },
  {
    id: "runs 14.3/1",
    says: "a replay performs no effect and asks nobody",
    by: ["replay", "reads like its source, from every event, and calls nobody", "prompts nobody"],
  },
  {
    id: "runs 14.3/2",
    says: "a replay without a record fails the node with replay_source_missing",
    by: ["replay", "fails: replay_source_missing, and nothing is performed"],
  },
  {
    id: "runs 14.3/3",
    says: "webhooks deliver nothing of a replay fork, and everything of a branch fork",
    by: ["webhooks-delivery", "is never made for a run that replays another one; a branch is told like any run"],
  },
  {
    id: "runs 14.4/1",
    says: "a difference appends replay.diverged before the terminal, and the replay goes on",
    by: [
      "replay",
      "fails: replay_source_missing, and nothing is performed",
      "shows its divergence in debug streams only",
    ],
  },
  {
    id: "runs 14.5/1",
    says: "equal logs have divergedAtSeq null and no event diffs",
    by: ["diff", "of two runs that did the same is empty", "of a run with its replay is empty"],
  },
  {
    id: "runs 14.5/2",
    says: "events are aligned by sequence and compared without ids and clocks",
    by: ["diff", "names what changed, and where first", "of two runs that did the same is empty"],
  },
  {
    id: "runs 14.5/3",
    says: "a missing against is 400, an unknown run 404",
    by: [
      "diff",
      "refuses to compare with nothing: 400",
      "refuses an unknown run on the left: 404",
      "refuses an unknown run on the right: 404",
    ],
  },
  {
    id: "runs 14.5/4",
    says: "a run that goes on is compared as far as it is, truncated true",
    by: ["diff", "of a run that goes on compares what there is, and says so"],
  },
  {
    id: "runs 14.6/1",
    says: "ancestry names the immediate parent and its cause, or null",
    by: ["children-cascade", "names the run above, this host, and what composed the two"],
  },
  {
    id: "runs 15/2",
    says: "X-Force-Engine-Version is for test keys, within its range, and stamps the events",
    by: [
      "fixtures",
      "runs under the oldest, the current and the newest engine version",
      "refuses a version outside the range",
    ],
    also: ["scopes", "that are no test keys may not force an engine version"],
  },
  {
    id: "runs 16/1",
    says: "429 has Retry-After and details.scope",
    by: ["backpressure", "refuses with 429 what comes too fast", "refuses the third with 429 and Retry-After"],
  },
  {
    id: "runs 16/2",
    says: "503 has Retry-After, equal to details.retryAfter",
    by: ["backpressure", "refuses the fourth with 503 and Retry-After"],
  },
  {
    id: "runs 16/3",
    says: "messages hold no credential and nothing of the host's inside",
    by: ["auth", "that is wrong in any way gets the same answer"],
    also: ["errors", "errors never tell what happened inside"],
  },
  {
    id: "runs 14.1/8",
    says: "a fork can be cancelled and forked again, and answers only its own questions",
    by: [
      "fork",
      "can be cancelled and forked again",
      "asks anew what was asked at the fork point; an answer there leaves the source alone",
    ],
  },
  {
    id: "runs 14.3/4",
    says: "a replay of a run with people, time, text and calls reads like its source",
    by: ["replay", "of a run with people, time, text and calls reads like its source"],
  },
];
