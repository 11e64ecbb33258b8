// Capability flags: what can stand behind a gate, and where it stands in the discovery document (discovery-auth.md §2-§4).

/** Flags of the document root that this version can claim, and what each one says. */
export const capabilityFlags = {
  configurable: "per-run overrides that are honoured",
  idempotency: "Idempotency-Key on every mutating route, durable",
  restTransport: "conditional reads of runs (ETag, If-None-Match)",
  providerUsage: "one provider.usage event per model call, before the node completes",
  agents: "agent pins on nodes and RunSnapshot.agent, the reasoning events, low-confidence decisions held for a person",
  extensions: "interrupt profiles, signed callback tokens",
  fixtures: "conformance workflows that runs can be created of",
  testing: "test-only features, present on hosts with test keys",
} as const;

/** Node types of the protocol that stand behind a capability which this host does not offer. */
export const gatedNodeTypes: Readonly<Record<string, string>> = {
  "core.conversationGate": "conversationPrimitive",
  "core.orchestrator.supervisor": "orchestrator.supported",
  "core.dispatch": "dispatch.supported",
  "core.openwop.governance.approvalGate": "authorization.supported",
  "core.mcp.toolCall": "mcp.supported",
  "core.a2a.invoke": "a2a.supported",
  "core.conformance.mock-agent": "conformance.mockAgent",
};
