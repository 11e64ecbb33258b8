// Capability flags: what can stand behind a gate, and where it stands in the discovery document (discovery-auth.md §2-§4).

/** Flags of the document root that this version can claim, and what each one says. */
export const capabilityFlags = {
  configurable: "per-run overrides that are honoured",
  idempotency: "Idempotency-Key on every mutating route, durable",
  webhooks: "signed, durable deliveries of events to registered URLs",
  replay: "forks that go on from an event, and replays from the record that perform nothing",
  deadLetter: "runs that used up their retries are told, listed, can be forked, and are purged after the retention",
  scheduling: "workflows started by the clock: cron, intervals and once, each slot in exactly one run or none",
  restTransport: "conditional reads of runs (ETag, If-None-Match), compressed where the reader likes it",
  runs: "pause and resume of runs",
  feedback: "annotations of runs, beside their logs",
  debugBundle: "everything known of a run as one document",
  providerUsage: "one provider.usage event per model call, before the node completes",
  agents: "agent pins on nodes and RunSnapshot.agent, the reasoning events, low-confidence decisions held for a person",
  conversationPrimitive: "core.conversationGate: turns exchanged while the run waits, closed with an outcome",
  multiPartyConversation: "a roster of who may speak in a conversation, and who said what",
  conformance: "node types that only serve conformance workflows, present on hosts with test keys",
  orchestrator: "core.orchestrator.supervisor: decisions before their effects, bounded, held when nobody is sure",
  dispatch: "core.dispatch: workers as child runs, questions, the end; the same truth as under `agents`",
  subWorkflow: "values of the parent that a sub-workflow begins with",
  multiAgent: "the execution model: hand-over events, the floor of confidence, ancestry",
  extensions: "interrupt profiles, signed callback tokens",
  fixtures: "conformance workflows that runs can be created of",
  testing: "test-only features, present on hosts with test keys",
  compensation: "effects of runs that fail or are cancelled undone by declared inverses, with a setting",
  observability: "spans of runs: exported over OTLP, or read by tests",
} as const;

/** Node types of the protocol that stand behind a capability: this host does not offer it, or a test withholds it. */
export const gatedNodeTypes: Readonly<Record<string, string>> = {
  "core.conversationGate": "conversationPrimitive",
  "core.orchestrator.supervisor": "orchestrator.supported",
  "core.dispatch": "dispatch.supported",
  "core.openwop.governance.approvalGate": "authorization.supported",
  "core.mcp.toolCall": "mcp.supported",
  "core.a2a.invoke": "a2a.supported",
  "core.conformance.mock-agent": "conformance.mockAgent",
};
