// What the spans of a run say (operations.md §4.2): identities and numbers that the contract names, never a payload.

import type { RunStart } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { AttributeValue } from "./span.ts";

type Attributes = Record<string, AttributeValue>;

/** What spans tell of a run that its own log does not hold. */
export interface RunFacts {
  start: RunStart;
  protocolVersion: string;
  complianceClass: string;
  /** Some variable, channel or port of the workflow is sensitive, or its class is not public. */
  piiPresent: boolean;
  /** Of the run that started this one. */
  parentWorkflowId?: string;
  /** The run that this one was forked from. */
  source?: RunStart;
}

export function runAttributes(facts: RunFacts): Attributes {
  const { start, protocolVersion, complianceClass, piiPresent, parentWorkflowId } = facts;
  const { runId, workflowId, tenantId, scopeId, parent, fork } = start;
  return {
    "openwop.run_id": runId,
    "openwop.workflow_id": workflowId,
    "openwop.protocol_version": protocolVersion,
    "openwop.tenant_id": tenantId,
    ...(scopeId !== undefined && { "openwop.scope_id": scopeId }),
    "openwop.pii_present": piiPresent,
    "openwop.compliance_class": complianceClass,
    ...(parent && {
      "openwop.parent.run_id": parent.runId,
      "openwop.parent.node_id": parent.nodeId,
      "openwop.parent.workflow_id": parentWorkflowId ?? "unknown",
    }),
    ...(fork && {
      "openwop.replay.source_run_id": fork.sourceRunId,
      "openwop.replay.from_seq": fork.fromSeq,
      "openwop.replay.mode": fork.mode,
    }),
  };
}

/** What every span has. */
export function runIds({ start: { runId, workflowId } }: RunFacts): Attributes {
  return { "openwop.run_id": runId, "openwop.workflow_id": workflowId };
}

export function nodeAttributes(facts: RunFacts, nodeId: string, typeId: string, attempt: number): Attributes {
  return { ...callAttributes(facts, nodeId), "openwop.node_type": typeId, "openwop.node_attempt": attempt };
}

/** Of a call that a node makes. */
export function callAttributes(facts: RunFacts, nodeId: string): Attributes {
  return { ...runIds(facts), "openwop.node_id": nodeId, "openwop.pii_present": facts.piiPresent };
}

/** Of a bound that was reached. */
export function capAttributes({ kind, limit, observed }: JsonObject): Attributes {
  return {
    "openwop.cap_kind": String(kind),
    "openwop.cap_limit": Number(limit),
    "openwop.cap_observed": Number(observed),
  };
}
