// The contract's metrics, fed with measurements (operations.md §4.5). Labels carry their names of the contract; runs are
// never a label.

import type { Measurement, TrackedRun } from "./measurements.ts";
import type { MeasurementSink } from "./observer.ts";
import { BoundedValues, type Counter, type Histogram, type Labels, type Registry } from "./registry.ts";

const RUN_SECONDS = [0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800, 3600];
const NODE_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];
const ACTIVITY_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const INTERRUPT_SECONDS = [60, 300, 900, 1800, 3600, 14_400, 86_400, 604_800];
const BACKLOG_SECONDS = [0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1800];
const ITERATIONS = [1, 2, 5, 10, 25, 50, 100, 250];

/** Enough for every host that is not under attack. */
const MAX_TENANTS = 200;
const MAX_NODE_TYPES = 200;
const MAX_PROVIDERS = 100;

type Instruments = ReturnType<typeof instrumentsOf>;

export function createRunMetrics(
  registry: Registry,
  maxWorkflows: number,
): MeasurementSink & { conflict(tenantId: string): void } {
  const instruments = instrumentsOf(registry);
  const bounded = {
    workflow: new BoundedValues(maxWorkflows),
    tenant: new BoundedValues(MAX_TENANTS),
    nodeType: new BoundedValues(MAX_NODE_TYPES),
    provider: new BoundedValues(MAX_PROVIDERS),
  };
  const names: Names = {
    workflow: (run) => ({ "openwop.workflow_id": bounded.workflow.of(run.workflowId) }),
    tenant: (run) => ({ "openwop.tenant_id": bounded.tenant.of(run.tenantId) }),
    nodeType: (typeId) => ({ "openwop.node_type": bounded.nodeType.of(typeId) }),
    provider: (provider) => ({ provider: bounded.provider.of(provider) }),
  };
  return {
    runCreated(start) {
      instruments.created.add({ ...names.workflow(start), ...names.tenant(start) });
      instruments.enqueued.add(names.tenant(start));
    },
    measured: (_runId, run, measurement) => count(instruments, names, run, measurement),
    conflict: (tenantId) =>
      instruments.conflicts.add({ transport: "rest", "openwop.tenant_id": bounded.tenant.of(tenantId) }),
  };
}

interface Names {
  workflow(run: { workflowId: string }): Labels;
  tenant(run: { tenantId: string }): Labels;
  nodeType(typeId: string): Labels;
  provider(provider: string): Labels;
}

function instrumentsOf(registry: Registry) {
  const counter = (name: string, help: string): Counter => registry.counter(`openwop.${name}`, help);
  const seconds = (name: string, help: string, buckets: readonly number[]): Histogram =>
    registry.histogram(`openwop.${name}`, help, buckets);
  return {
    created: counter("run.created", "Runs accepted."),
    enqueued: counter("queue.enqueued", "Runs that began to wait for their start."),
    completed: counter("run.completed", "Runs that ended."),
    duration: seconds("run.duration", "Time from a run's start to its end, waits for people included.", RUN_SECONDS),
    backlog: seconds("run.backlog", "Time from a run's creation to its start.", BACKLOG_SECONDS),
    nodes: counter("node.completed", "Nodes that ended."),
    nodeDuration: seconds("node.duration", "Time of the last attempt of a node.", NODE_SECONDS),
    attempts: counter("node.attempts", "Attempts after the first."),
    activities: counter("activity.invocations", "Calls to models and tools."),
    activityDuration: seconds("activity.duration", "Time of calls to models and tools.", ACTIVITY_SECONDS),
    tokens: counter("activity.tokens", "Tokens of calls to models."),
    usd: counter("cost.usd", "Estimated cost of calls to models, in US dollars."),
    caps: counter("cap.exceeded", "Bounds that a run ran into."),
    conflicts: counter("run.claim.conflicts", "Runs refused because another one of their scope is active."),
    asked: counter("interrupt.requested", "Questions asked."),
    answered: seconds("interrupt.duration", "Time from a question to its end.", INTERRUPT_SECONDS),
    decisions: counter("orchestrator.decisions", "Decisions of orchestrators."),
    iterations: registry.histogram("openwop.orchestrator.iterations", "Decisions of a run.", ITERATIONS, ""),
  };
}

function count(instruments: Instruments, names: Names, run: TrackedRun, measurement: Measurement): void {
  switch (measurement.of) {
    case "run.started":
      return instruments.backlog.observe(
        { ...names.tenant(run), ...names.workflow(run) },
        measurement.backlogMs / 1000,
      );
    case "run.completed":
      return countRun(instruments, names, run, measurement);
    case "node.completed": {
      const labels = { ...names.nodeType(measurement.nodeType), "openwop.run_status": measurement.status };
      instruments.nodes.add(labels);
      return instruments.nodeDuration.observe(labels, measurement.durationMs / 1000);
    }
    case "node.skipped":
      return instruments.nodes.add({ ...names.nodeType("unknown"), "openwop.run_status": "skipped" });
    case "node.retried":
      return instruments.attempts.add(names.nodeType(measurement.nodeType));
    case "activity": {
      const labels = { ...names.provider(measurement.provider), "openwop.run_status": measurement.status };
      instruments.activities.add(labels);
      return instruments.activityDuration.observe(labels, measurement.durationMs / 1000);
    }
    case "usage": {
      const { provider, input, output, usd } = measurement;
      instruments.tokens.add({ ...names.provider(provider), direction: "input" }, input);
      instruments.tokens.add({ ...names.provider(provider), direction: "output" }, output);
      if (usd !== undefined)
        instruments.usd.add({ ...names.provider(provider), "openwop.cost.estimated": "true" }, usd);
      return;
    }
    case "cap.exceeded":
      return instruments.caps.add({ "openwop.cap_kind": measurement.kind });
    case "interrupt.requested":
      return instruments.asked.add({ "openwop.interrupt_kind": measurement.kind });
    case "interrupt.ended": {
      const labels = { "openwop.interrupt_kind": measurement.kind, "openwop.run_status": measurement.status };
      return instruments.answered.observe(labels, measurement.durationMs / 1000);
    }
    case "orchestrator.decided": {
      const labels = { ...names.tenant(run), ...names.workflow(run), "openwop.decision_kind": measurement.kind };
      return instruments.decisions.add(labels);
    }
  }
}

function countRun(
  instruments: Instruments,
  names: Names,
  run: TrackedRun,
  { status, durationMs, decisions }: Extract<Measurement, { of: "run.completed" }>,
): void {
  const labels = { "openwop.run_status": status, ...names.workflow(run) };
  instruments.completed.add(labels);
  instruments.duration.observe(labels, durationMs / 1000);
  if (decisions > 0) instruments.iterations.observe({ ...names.tenant(run), ...names.workflow(run) }, decisions);
}
