// The tool effect: one call of one tool, with the arguments that stand in the log.

import { TOOL_EFFECT } from "#engine/turn/calls.ts";
import { agentConfigOf } from "#engine/turn/config.ts";
import type { EffectHandler, EffectResult } from "#ports/effects.ts";
import type { EffectRow } from "#ports/rows.ts";
import type { Tool, ToolOutcome } from "#ports/tools.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { LiveText } from "../live-text.ts";
import type { HotRun } from "../runs.ts";
import { failed } from "./failed.ts";
import { showActivity } from "./show-activity.ts";

export interface ToolHandlerDeps {
  tools: ReadonlyMap<string, Tool>;
  liveText: LiveText;
  runOf: (runId: string) => Promise<HotRun | undefined>;
}

export function createToolHandler(deps: ToolHandlerDeps): EffectHandler {
  return {
    kind: TOOL_EFFECT,
    async perform(effect, signal) {
      const {
        toolId,
        callId,
        arguments: args,
      } = effect.request as {
        toolId: string;
        callId: string;
        arguments: JsonObject;
      };
      const tool = deps.tools.get(toolId);
      if (!tool) return failed("tool_missing", `There is no tool ${toolId} here any more.`);
      await show(deps, effect, signal, tool.activity(args));
      const { tenantId, runId, effectId } = effect;
      return resultOf(await tool.perform({ tenantId, runId, callId, effectId, arguments: args }, signal));
    },
  };
}

async function show(deps: ToolHandlerDeps, effect: EffectRow, signal: AbortSignal, doing: string): Promise<void> {
  const run = await deps.runOf(effect.runId);
  const node = run?.graph.nodes.get(effect.nodeId);
  if (!run || !node) return;
  const { agent, persona } = agentConfigOf(node.definition.config as JsonObject);
  await showActivity(deps, run.state.start, signal, { agent, persona, doing });
}

function resultOf(outcome: ToolOutcome): EffectResult {
  switch (outcome.outcome) {
    case "done":
      return outcome;
    case "failed":
      return failed("tool_failed", outcome.message);
    case "interrupted":
      return { outcome: "interrupted" };
  }
}
