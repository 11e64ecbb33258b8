// Workflows whose effects can be undone, and a driver that goes on with them.

import { snapshotOf } from "#engine/projection.ts";
import type { CompensationPolicy, NodeCompensation } from "#protocol/compensation.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import { Driver, edge, environmentOf, node, startOf, workflow } from "./support.ts";

/** A reference to a recorded fact. */
export const fact = (path: string) => `$\{${path}}`;

export const everything: CompensationPolicy["triggers"] = [
  "node-failure",
  "run-cancel",
  "cap-breach",
  "operator-request",
];

export function undoable(
  id: string,
  inverse: Partial<NodeCompensation> = {},
  rest: Partial<WorkflowNode> = {},
): WorkflowNode {
  const inputs = { input: { type: "static", value: `${id} did it` } } as const;
  const own = { nodeTypeId: "core.identity", ...inverse };
  return node(id, "core.identity", { inputs, compensation: own, ...rest });
}

export function policed(
  nodes: WorkflowNode[],
  edges: [string, string][],
  policy: Partial<CompensationPolicy> = {},
): WorkflowDefinition {
  const settings: object = { compensation: { triggers: everything, ...policy } };
  return workflow(
    nodes,
    edges.map(([from, to]) => edge(from, to)),
    { settings },
  );
}

/** Two steps, then a failure. */
export const failing = (policy: Partial<CompensationPolicy> = {}, inverse: Partial<NodeCompensation> = {}) =>
  policed(
    [undoable("one", inverse), undoable("two", inverse), node("boom", "core.fail")],
    [
      ["one", "two"],
      ["two", "boom"],
    ],
    policy,
  );

/** Two steps, then a wait. */
export const waiting = (policy: Partial<CompensationPolicy> = {}, inverse: Partial<NodeCompensation> = {}) =>
  policed(
    [undoable("one", inverse), undoable("two", inverse), node("wait", "core.approvalGate")],
    [
      ["one", "two"],
      ["two", "wait"],
    ],
    policy,
  );

export const environment = () => ({ ...environmentOf(), compensation: true });
export const run = (definition: WorkflowDefinition, rest = {}) =>
  new Driver(definition, startOf({}, rest), environment());
export const cancel = { type: "cancel", by: "anna", reason: "enough" } as const;
export const fromAbove = { type: "cancel", by: "system", reason: undefined, parentRunId: "run_0" } as const;

export function goOn(driver: Driver): void {
  while (driver.give({ type: "continue" }).unfinished);
}

export const ofUndoing = (log: RunEvent[]) => log.filter(({ type }) => type.startsWith("compensation."));
export const named = (log: RunEvent[]) =>
  ofUndoing(log).map(({ type, payload }) => `${type.slice(13)} ${payload.nodeId ?? ""}`.trim());
export const shown = (driver: Driver) => snapshotOf(driver.graph, driver.state);
