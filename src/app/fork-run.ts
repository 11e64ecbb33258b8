// Fork a run: `POST /v1/runs/{runId}:fork` (runs.md §14.1). One commit: receipt and the row of the fork; its events come
// after, page by page (runtime/forks.ts).

import type { Graph } from "#engine/graph.ts";
import type { ForkRef } from "#ports/rows/fork.ts";
import type { RunRow, RunStart } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { ForkRun } from "#protocol/forks.ts";
import type { JsonObject } from "#protocol/json.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import { type Call, requireScope } from "./call.ts";
import { checkConfigurable } from "./configurable.ts";
import { createdBody } from "./create-run.ts";
import { checkDefinitionNow } from "./definitions.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";
import { checkMetadata, checkMockProvider, checkVariableTypes } from "./run-inputs.ts";
import { visibleRun } from "./visibility.ts";

/** 201 `RunForked`. Throws `validation_error`, `not_found`, `invalid_from_seq`, `forbidden` and the receipt's codes. */
export function forkRun(deps: AppDeps, call: Call, sourceRunId: string, body: ForkRun): Promise<Answer> {
  requireScope(call, "runs:read");
  return underReceipt(deps, call, async () => {
    const source = await visibleRun(deps, call, sourceRunId);
    const fork = forkOf(call, source, body);
    const graph = await deps.graphs.load(source.start.definitionHash);
    if (fork.mode === "branch") await checkOffered(deps, source.start, graph);
    const start = startOf(deps, call, source.start, fork, { graph, overlay: body.runOptionsOverlay ?? {} });
    const { runId } = start;
    const { fromSeq, mode } = fork;
    const forked = answer(201, { ...createdBody(runId), sourceRunId, fromSeq, mode });
    const outcome = await deps.runs.create(start, graph, "apart", receiptOps(deps, call, forked));
    if (outcome.outcome === "guard_failed") throwIfReceiptTaken(outcome);
    if (outcome.outcome !== "done") throw new ParleyError("internal_error");
    deps.forks.begin(runId);
    return forked;
  });
}

function forkOf(call: Call, source: RunRow, { mode, fromSeq, runOptionsOverlay }: ForkRun): ForkRef {
  if (mode === "branch" && fromSeq === undefined) {
    throw new ParleyError("validation_error", { field: "fromSeq" }, { message: "A branch needs fromSeq." });
  }
  if (mode === "replay" && Object.keys(runOptionsOverlay ?? {}).length > 0) {
    const message = "A replay keeps the options of its source: runOptionsOverlay is for branches.";
    throw new ParleyError("validation_error", { field: "runOptionsOverlay" }, { message });
  }
  const from = fromSeq ?? 0;
  checkRange(source, from);
  const by = call.principal.id;
  const variables = runOptionsOverlay?.variables as JsonObject | undefined;
  return {
    sourceRunId: source.start.runId,
    fromSeq: from,
    mode,
    throughSeq: source.lastSequence,
    by,
    ...(variables && { variables }),
  };
}

/** A run that goes on can be forked where it stands; one that has ended, at one of its events. */
function checkRange({ start, status, lastSequence }: RunRow, fromSeq: number): void {
  const most = isTerminalStatus(status) ? lastSequence : lastSequence + 1;
  if (fromSeq <= most) return;
  throw new ParleyError("invalid_from_seq", { sourceRunId: start.runId, fromSeq, lastSequence });
}

/** A branch lives: what its workflow needs must still be offered. */
async function checkOffered(deps: AppDeps, { tenantId, workflowId }: RunStart, graph: Graph): Promise<void> {
  const workflow = await deps.graphs.current(tenantId, workflowId);
  checkDefinitionNow(deps.environment, graph.definition, workflow?.origin === "built-in");
}

interface Target {
  graph: Graph;
  overlay: NonNullable<ForkRun["runOptionsOverlay"]>;
}

function startOf(deps: AppDeps, call: Call, source: RunStart, fork: ForkRef, { graph, overlay }: Target): RunStart {
  // A fork stands for itself: it has no parent that waits for it, no chat to write to and no claim on a scope.
  const { parent: _parent, chat: _chat, scopeId: _scope, trace: _trace, fork: _fork, callbackUrl, ...kept } = source;
  const configurable = { ...source.configurable, ...((overlay.configurable ?? {}) as JsonObject) };
  const metadata = (overlay.metadata ?? source.metadata) as JsonObject;
  if (fork.mode === "branch") {
    checkMockProvider(deps.environment, call, (overlay.configurable ?? {}) as JsonObject);
    checkConfigurable(deps.environment, graph.definition, configurable);
    checkMetadata(metadata);
    checkVariableTypes(graph.definition, fork.variables ?? {});
  }
  return {
    ...kept,
    runId: deps.ids.next("run"),
    configurable,
    tags: overlay.tags ?? source.tags,
    metadata,
    fork,
    createdMs: deps.clock.nowMs(),
    ...(call.trace && { trace: call.trace }),
    ...(callbackUrl !== undefined && fork.mode === "branch" && { callbackUrl }),
  };
}
