// The contract's structured log records (operations.md §4.5): one line per run, node, call and bound, where configured.

import type { Logger } from "#ports/logger.ts";
import type { Measurement, TrackedRun } from "./measurements.ts";
import type { MeasurementSink } from "./observer.ts";

export function createLogRecords(logger: Logger): MeasurementSink {
  return {
    runCreated({ runId, workflowId, tenantId }) {
      write(logger, "info", { metricKind: "openwop.run.created", runId, workflowId, tenantId });
    },
    measured(runId, run, measurement) {
      for (const { level, fields } of recordsOf(runId, run, measurement)) write(logger, level, fields);
    },
  };
}

interface LogRecord {
  level: "info" | "error";
  fields: { metricKind: string; [name: string]: unknown };
}

function recordsOf(runId: string, run: TrackedRun, measurement: Measurement): LogRecord[] {
  switch (measurement.of) {
    case "run.completed": {
      const { status, durationMs } = measurement;
      const level = status === "failed" ? "error" : "info";
      const { tenantId } = run;
      return [{ level, fields: { metricKind: "openwop.run.completed", runId, tenantId, status, durationMs } }];
    }
    case "node.completed": {
      const { nodeId, nodeType, status, durationMs, attempt } = measurement;
      const fields = { metricKind: "openwop.node.completed", runId, nodeId, nodeType, status, durationMs, attempt };
      return [{ level: status === "failed" ? "error" : "info", fields }];
    }
    case "activity": {
      const { nodeId, provider, status, durationMs: latencyMs } = measurement;
      const fields = { metricKind: "openwop.activity.invoked", runId, nodeId, provider, status, latencyMs };
      return [{ level: status === "error" ? "error" : "info", fields }];
    }
    case "usage": {
      const { nodeId, provider, input: tokensInput, output: tokensOutput, usd } = measurement;
      const cost = usd === undefined ? {} : { usd, currency: "USD", estimated: true };
      const fields = {
        metricKind: "openwop.cost.recorded",
        runId,
        nodeId,
        provider,
        tokensInput,
        tokensOutput,
        ...cost,
      };
      return [{ level: "info", fields }];
    }
    case "cap.exceeded": {
      const { kind, limit, observed } = measurement;
      return [{ level: "error", fields: { metricKind: "openwop.cap.exceeded", runId, kind, limit, observed } }];
    }
    default:
      return [];
  }
}

function write(logger: Logger, level: "info" | "error", fields: LogRecord["fields"]): void {
  logger[level](fields, fields.metricKind);
}
