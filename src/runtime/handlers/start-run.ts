// The effect that starts a child run. The run's id was chosen with the decision that asked for it, so that a repetition
// finds the run that is there; the row of the effect guards the creation, so that a parent that ended in between has no
// child (its end takes the row away).

import { agentOf } from "#engine/agent-ref.ts";
import { type ChildRequest, START_RUN_EFFECT } from "#engine/children/effects.ts";
import { pinnedAgentOf } from "#engine/children/handoff.ts";
import type { Graph } from "#engine/graph.ts";
import { chatOf } from "#engine/messages.ts";
import { maskOfVariable } from "#engine/seal.ts";
import { statusOf } from "#engine/state.ts";
import type { Clock } from "#ports/clock.ts";
import type { EffectHandler, EffectResult } from "#ports/effects.ts";
import type { EffectRow, RunStart } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import { childTrace } from "#protocol/trace.ts";
import type { Graphs } from "../graphs.ts";
import type { HotRun, Runs } from "../runs.ts";
import type { StopPoint } from "../stop-points.ts";
import { failed } from "./failed.ts";

export interface StartRunDeps {
  runs: Runs;
  graphs: Graphs;
  clock: Clock;
  stopPoint: StopPoint;
}

export function createStartRunHandler(deps: StartRunDeps): EffectHandler {
  return {
    kind: START_RUN_EFFECT,
    async perform(effect) {
      const request = effect.request as unknown as ChildRequest;
      const { childRunId, workflowId } = request;
      const parent = await deps.runs.load(effect.runId);
      if (!parent) throw new Error(`run ${effect.runId} is gone`);
      for (const needed of request.needed ?? []) {
        if (!(await deps.graphs.current(effect.tenantId, needed))) return unknownWorkflow(needed);
      }
      const workflow = await deps.graphs.current(effect.tenantId, workflowId);
      if (!workflow) return unknownWorkflow(workflowId);
      const graph = await deps.graphs.load(workflow.hash);
      const start = childStart(deps, parent, effect, graph, request);
      const outcome = await deps.runs.create(start, graph, true, {
        guards: [
          { guard: "effectState", effectId: effect.effectId, states: ["planned", "started"] },
          { guard: "runAbsent", runId: childRunId },
        ],
      });
      if (outcome.outcome === "guard_failed" && outcome.guard.guard === "effectState") {
        return failed("parent_ended", "The run that asked for this one has ended.");
      }
      // The child stands, its parent does not know yet.
      deps.stopPoint("child.started");
      const agentId = pinnedAgentOf(graph.definition);
      const value: JsonObject = { childRunId, workflowId, ...(agentId !== undefined && { agentId }) };
      if (outcome.outcome === "done") value.status = statusOf(outcome.run.state);
      return { outcome: "done", value };
    },
  };
}

function unknownWorkflow(workflowId: string): EffectResult {
  return failed("unknown_child_workflow", `There is no workflow ${workflowId}.`);
}

function childStart(
  { clock }: StartRunDeps,
  parent: HotRun,
  effect: EffectRow,
  graph: Graph,
  request: ChildRequest,
): RunStart {
  const { start } = parent.state;
  const chat = chatOf(start);
  const agent = agentOf(graph);
  const above = agentOf(parent.graph)?.name;
  return {
    runId: request.childRunId,
    tenantId: start.tenantId,
    workflowId: graph.definition.id,
    definitionHash: graph.hash,
    inputs: inputsOf(graph, request),
    ...(request.unset && { unset: request.unset }),
    configurable: start.configurable,
    tags: [],
    metadata: {},
    owner: start.owner,
    transport: start.transport,
    parent: {
      runId: start.runId,
      nodeId: effect.nodeId,
      attempt: effect.attempt,
      ordinal: effect.ordinal,
      depth: (start.parent?.depth ?? 0) + 1,
      ...(request.cause && { cause: request.cause }),
      ...(request.harvest && { harvest: request.harvest }),
    },
    ...(start.scopeId !== undefined && { scopeId: start.scopeId }),
    ...(chat && { chat: { ...chat, path: [...chat.path, ...(above === undefined ? [] : [above])] } }),
    ...(agent && { agent }),
    trace: childTrace(start, effect.nodeId, parent.state.nodes.get(effect.nodeId)?.execution ?? 0),
    createdMs: clock.nowMs(),
  };
}

/** What the parent keeps out of its log comes in clear only where the child's document keeps it out, too. */
function inputsOf({ sensitiveVariables }: Graph, { inputs, sensitive = [] }: ChildRequest): JsonObject {
  const masked = sensitive.filter((name) => Object.hasOwn(inputs, name) && !sensitiveVariables.includes(name));
  return { ...inputs, ...Object.fromEntries(masked.map((name) => [name, maskOfVariable(name)])) };
}
