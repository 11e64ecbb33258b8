// Routes of the contract and the answers each of them can give: runs.md §1.2, §1.3, streams-webhooks.md §1, §3, §4, §6 and
// interrupts-conversations.md §7. The coverage report wants every one of them seen.

export interface RouteAnswers {
  method: string;
  /** Parameters in braces; the colon of a verb is literal. */
  path: string;
  statuses: number[];
  /** Where the contract says so. */
  source: string;
}

const run = "/v1/runs/{runId}";

export const routes: RouteAnswers[] = [
  { method: "GET", path: "/.well-known/openwop", statuses: [200, 304], source: "runs §1.2" },
  { method: "GET", path: "/v1/openapi.json", statuses: [200], source: "runs §1.2" },
  { method: "GET", path: "/v1/workflows/{workflowId}", statuses: [200, 304, 401, 403, 404], source: "runs §1.2" },
  { method: "POST", path: "/v1/workflows", statuses: [200, 201, 400, 401, 403, 413], source: "runs §1.3, §5.7" },
  { method: "POST", path: "/v1/runs", statuses: [201, 400, 401, 403, 404, 409, 501], source: "runs §1.2, §2" },
  { method: "GET", path: "/v1/runs", statuses: [200, 400, 401, 403], source: "runs §1.3" },
  { method: "GET", path: run, statuses: [200, 304, 401, 403, 404], source: "runs §1.2, §10" },
  { method: "GET", path: `${run}/events`, statuses: [200, 400, 401, 403, 404], source: "streams §1" },
  { method: "POST", path: `${run}/events`, statuses: [405], source: "runs §1.3" },
  { method: "GET", path: `${run}/events/poll`, statuses: [200, 400, 401, 403, 404], source: "streams §3" },
  { method: "POST", path: `${run}/cancel`, statuses: [200, 400, 401, 403, 404], source: "runs §4.2" },
  { method: "POST", path: `${run}:cancel`, statuses: [200], source: "runs §4.2" },
  { method: "POST", path: "/v1/runs:bulk-cancel", statuses: [200, 400, 401, 403], source: "runs §4.2" },
  { method: "POST", path: `${run}:fork`, statuses: [201, 400, 401, 403, 404, 422], source: "runs §14.1" },
  { method: "POST", path: `${run}:pause`, statuses: [202, 400, 401, 403, 404, 409], source: "runs §4.3" },
  { method: "POST", path: `${run}:resume`, statuses: [202, 400, 401, 403, 404, 409], source: "runs §4.3" },
  {
    method: "POST",
    path: `${run}/interrupts/{nodeId}`,
    statuses: [200, 400, 401, 403, 404, 409, 410, 422],
    source: "interrupts §7.1",
  },
  // The end of a run resolves its questions, and a resolved one is still shown (interrupts §7.2): no 409.
  { method: "GET", path: "/v1/interrupts/{token}", statuses: [200, 404, 410], source: "interrupts §7.1" },
  {
    method: "POST",
    path: "/v1/interrupts/{token}",
    statuses: [200, 400, 403, 404, 409, 410, 422],
    source: "interrupts §7.1",
  },
  { method: "GET", path: `${run}/artifacts/{artifactId}`, statuses: [200, 401, 403, 404], source: "runs §1.2" },
  { method: "POST", path: "/v1/webhooks", statuses: [201, 400, 401, 403], source: "streams §4.1" },
  { method: "GET", path: "/v1/webhooks", statuses: [200, 401, 403], source: "streams §4.2" },
  { method: "DELETE", path: "/v1/webhooks/{webhookId}", statuses: [204, 401, 403, 404], source: "streams §4.2" },
  { method: "GET", path: `${run}/ancestry`, statuses: [200, 401, 403, 404], source: "runs §14.6" },
  { method: "GET", path: `${run}:diff`, statuses: [200, 400, 401, 403, 404], source: "runs §14.5" },
  { method: "GET", path: `${run}/debug-bundle`, statuses: [200, 401, 403, 404], source: "runs §1.3" },
  { method: "GET", path: `${run}/annotations`, statuses: [200, 401, 403, 404], source: "streams §6" },
  { method: "POST", path: `${run}/annotations`, statuses: [201, 400, 401, 403, 404], source: "streams §6" },
  { method: "GET", path: "/v1/host/parley/interrupts", statuses: [200, 400, 401, 403], source: "interrupts §7" },
  {
    method: "GET",
    path: "/v1/host/parley/runs/{runId}/interrupts",
    statuses: [200, 401, 403, 404],
    source: "interrupts §7",
  },
  // What is not offered says so in the contract's way (runs.md §1.3).
  { method: "GET", path: `${run}/eval-summary`, statuses: [404], source: "runs §1.3" },
  { method: "GET", path: "/v1/agents", statuses: [404], source: "runs §1.3" },
  { method: "GET", path: "/v1/agents/{agentId}", statuses: [404], source: "runs §1.3" },
  { method: "GET", path: "/v1/agents/{agentId}/deployments", statuses: [404], source: "runs §1.3" },
  { method: "GET", path: "/v1/tools", statuses: [404], source: "runs §1.3" },
  { method: "GET", path: "/v1/prompts", statuses: [501], source: "runs §1.3" },
  { method: "GET", path: "/v1/prompts/{templateId}", statuses: [501], source: "runs §1.3" },
  { method: "POST", path: "/v1/prompts:render", statuses: [501], source: "runs §1.3" },
  { method: "GET", path: "/v1/host/workspace/files", statuses: [501], source: "runs §1.3" },
  { method: "GET", path: "/v1/audit/verify", statuses: [404], source: "runs §1.3" },
  { method: "POST", path: "/v1/trigger-subscriptions", statuses: [501], source: "runs §1.3" },
];
