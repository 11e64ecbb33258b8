// The tools of a host by both of their names.
//
//   T1. A model name belongs to one tool: two ids that are mapped to the same name are refused at the start.

import type { ToolDescription } from "#ports/tools.ts";

export interface ToolTable<One extends ToolDescription> {
  /** In the order they were given. */
  readonly toolIds: readonly string[];
  get(toolId: string): One | undefined;
  byModelName(modelName: string): One | undefined;
}

/** What providers accept as the name of a tool. */
const MODEL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * What a model calls this tool: the id with `:` and `.` as `_` (tools-prompts.md §1). Throws when no provider would
 * accept that.
 */
export function modelNameOf(toolId: string): string {
  const name = toolId.replace(/[:.]/g, "_");
  if (!MODEL_NAME.test(name)) {
    throw new Error(
      `The tool id ${JSON.stringify(toolId)} makes no name for models; use 1 to 64 letters, digits, - _ : and dots.`,
    );
  }
  return name;
}

/** Throws when two tools share an id or a model name. */
export function toolTable<One extends ToolDescription>(tools: readonly One[]): ToolTable<One> {
  const byId = new Map<string, One>();
  const byName = new Map<string, One>();
  for (const tool of tools) {
    if (byId.has(tool.toolId)) throw new Error(`The tool id ${tool.toolId} is used twice; rename one of the tools.`);
    const other = byName.get(tool.modelName);
    if (other) {
      throw new Error(
        `The tools ${other.toolId} and ${tool.toolId} would both be called ${tool.modelName} by a model; rename one.`,
      );
    }
    byId.set(tool.toolId, tool);
    byName.set(tool.modelName, tool);
  }
  return {
    toolIds: [...byId.keys()],
    get: (toolId) => byId.get(toolId),
    byModelName: (modelName) => byName.get(modelName),
  };
}
