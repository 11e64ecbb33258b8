// The effect that starts a child run. The run's id was chosen with the decision that asked for it, so that a repetition
// finds the run that is there; the row of the effect guards the creation, so that a parent that ended in between has no
// child (its end takes the row away).

import type { Graph } from "#engine/graph.ts";
import { SUPERVISOR } from "#engine/loop.ts";
import { chatOf } from "#engine/messages.ts";
import { AGENT } from "#engine/nodes/agent.ts";
import { type AgentConfig, agentConfigOf } from "#engine/turn/config.ts";
import type { Clock } from "#ports/clock.ts";
import type { EffectHandler, EffectResult } from "#ports/effects.ts";
import type { EffectRow, RunStart } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { AgentRef } from "#protocol/workflows.ts";
import type { Graphs } from "../graphs.ts";
import type { HotRun, Runs } from "../runs.ts";

export interface StartRunDeps {
  runs: Runs;
  graphs: Graphs;
  clock: Clock;
}

export function createStartRunHandler(deps: StartRunDeps): EffectHandler {
  return {
    kind: "start-run",
    async perform(effect) {
      const { childRunId, workflowId, inputs } = effect.request as {
        childRunId: string;
        workflowId: string;
        inputs: JsonObject;
      };
      const parent = await deps.runs.load(effect.runId);
      if (!parent) throw new Error(`run ${effect.runId} is gone`);
      const workflow = await deps.graphs.current(effect.tenantId, workflowId);
      if (!workflow) return failed("unknown_child_workflow", `There is no workflow ${workflowId}.`);
      const graph = await deps.graphs.load(workflow.hash);
      const start = childStart(deps, parent, effect, graph, { childRunId, inputs });
      const outcome = await deps.runs.create(start, graph, true, {
        guards: [
          { guard: "effectState", effectId: effect.effectId, states: ["planned", "started"] },
          { guard: "runAbsent", runId: childRunId },
        ],
      });
      if (outcome.outcome === "guard_failed" && outcome.guard.guard === "effectState") {
        return failed("parent_ended", "The run that asked for this one has ended.");
      }
      return { outcome: "done", value: { childRunId, workflowId } };
    },
  };
}

function childStart(
  { clock }: StartRunDeps,
  parent: HotRun,
  effect: EffectRow,
  graph: Graph,
  { childRunId, inputs }: { childRunId: string; inputs: JsonObject },
): RunStart {
  const { start } = parent.state;
  const chat = chatOf(start);
  const agent = agentOf(graph);
  const above = agentOf(parent.graph)?.name;
  return {
    runId: childRunId,
    tenantId: start.tenantId,
    workflowId: graph.definition.id,
    definitionHash: graph.hash,
    inputs,
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
    },
    ...(chat && { chat: { ...chat, path: [...chat.path, ...(above === undefined ? [] : [above])] } }),
    ...(agent && { agent }),
    createdMs: clock.nowMs(),
  };
}

/** The agent of a workflow of the roster; undefined for any other workflow. */
export function agentOf(graph: Graph): AgentRef | undefined {
  const node = graph.definition.nodes.find(({ typeId }) => typeId === AGENT || typeId === SUPERVISOR);
  if (!node) return undefined;
  const { agentId, persona, manifestHash }: AgentConfig = agentConfigOf(node.config as JsonObject);
  return { agentId, name: persona, version: manifestHash };
}

function failed(code: string, message: string): EffectResult {
  return { outcome: "failed", error: { code, message, retryable: false } };
}
