// Rulings of runs.md §1: routes and headers.

import type { Ruling } from "../../ruling.ts";

export const routeRulings: readonly Ruling[] = [
  {
    id: "runs 1/1",
    says: "a path under an unversioned root is 400; the console, health and discovery are not",
    by: ["conventions", "a path without a version is refused, the host's own places are not"],
  },
  {
    id: "runs 1/2",
    says: "authentication is checked before existence: an unknown run without a key is 401",
    by: [
      "auth",
      "is needed for GET /v1/runs/run_00000000000000000000000000:",
      "is needed for POST /v1/runs/run_00000000000000000000000000/cancel:",
    ],
  },
  {
    id: "runs 1/3",
    says: "unknown and invisible resources look the same: 404 not_found",
    by: ["scopes", "see nothing of ours: the same answer as for what does not exist"],
  },
  {
    id: "runs 1/4",
    says: "every refusal is the error envelope",
    by: ["errors", "GET /v1/nothing/here is 404 not_found", "is 405 and says what it has", "is no JSON: 400"],
  },
  {
    id: "runs 1/5",
    says: "the colon of a verb is literal in the last segment, :cancel as :fork",
    by: ["cancel", "needs no body, and has an older spelling"],
  },
  {
    id: "runs 1/6",
    says: "a body over the limit, announced or not, is 413 payload_too_large, and nothing more of it is read",
    by: [
      "errors",
      "may be as large as the advertised limit and not a byte more: 413",
      "too large without saying so beforehand",
    ],
    also: ["conventions", "is refused by its announced length alone"],
  },
  {
    id: "runs 1/7",
    says: "a method that a path does not have is 405 method_not_allowed with Allow",
    by: ["errors", "is 405 and says what it has"],
  },
  {
    id: "runs 1/8",
    says: "POST to a run's events is 405 and details.use names the interrupt route",
    by: [
      "errors",
      "points resuming through the events route to the interrupt route",
      "POST /v1/runs/run_00000000000000000000000000/events is 405",
    ],
  },
  {
    id: "runs 1/9",
    says: "Idempotency-Key of more than 255 characters is refused; a GET does not honour one",
    by: [
      "idempotency",
      "of 256 characters is refused",
      "of 255 characters is accepted",
      "is ignored where nothing changes",
    ],
  },
  {
    id: "runs 1/10",
    says: "openwop-Idempotent-Replay is true on a repeated answer, and absent otherwise",
    by: ["idempotency", "gives the first answer, marked as a replay, and no second run"],
  },
  {
    id: "runs 1/11",
    says: "an inbound traceparent becomes the parent of the run's trace and reaches its children",
    by: [
      "tracing",
      "nests run, node, attempt and events, below the caller's span",
      "puts a child below the node that started it",
    ],
  },
  {
    id: "runs 1/12",
    says: "discovery carries Capabilities-Etag and Cache-Control public, max-age=300",
    by: ["discovery", "can be cached, and answers 304 to who has it"],
  },
  {
    id: "runs 1/13",
    says: "GET /v1/workflows/{id} shows configurableSchema and has the definition hash as ETag",
    by: ["run-options", "of a workflow with a schema of its own > shows it on a read"],
    also: ["workflows", "which is the ETag of the read"],
  },
  {
    id: "runs 1/14",
    says: "POST /v1/workflows answers 201 for a new version and 200 for an identical one",
    by: ["workflows", "stores it under its id: 201, then 200 while it stays the same"],
  },
  {
    id: "runs 1/15",
    says: "GET /v1/runs pages by cursor, and filters by tag, workflowId and status",
    by: ["runs", "filters by workflow, status and tag", "pages without gap or repetition"],
  },
  {
    id: "runs 1/16",
    says: "what is not offered answers as its gate says: 404 not_found or 501 capability_not_provided",
    by: ["conventions", "is not offered, and says so in its gate's way"],
  },
  {
    id: "runs 1/17",
    says: "a body that is closed refuses unknown members",
    by: ["runs", "refuses a member nobody declared"],
    also: ["interrupts", "refuses a member beside it"],
  },
  {
    id: "runs 1/18",
    says: "traceparent goes out with every answer, in the trace of the request",
    by: [
      "tracing",
      "goes on in the answer of GET /v1/runs, under a span of its own",
      "is begun for a request without one",
    ],
  },
];
