// Parts of a document that stand behind a capability which is switched off right now (test seams). What is refused here
// is refused in the same words as on a host that never had it (runs.md §5.7).

import { gatedNodeTypes } from "#protocol/capabilities.ts";
import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import type { CapabilitySwitches } from "./requirements.ts";

/** Mappings of a node's config that need a capability of their own. */
const gatedMappings: Readonly<Record<string, { capability: string; keys: readonly string[] }>> = {
  "core.dispatch": {
    capability: "agents.dispatchMapping",
    keys: ["inputMapping", "outputMapping", "perWorkerInputMappings", "perWorkerOutputMappings"],
  },
  "core.subWorkflow": { capability: "subWorkflow.inputMapping", keys: ["inputMapping"] },
};

export function checkWithheld(
  switches: CapabilitySwitches | undefined,
  definition: WorkflowDefinition,
): DefinitionProblem[] {
  if (!switches) return [];
  return definition.nodes.flatMap((node, at) => withheldOf(switches, node, `nodes[${at}]`));
}

function withheldOf(switches: CapabilitySwitches, node: WorkflowNode, path: string): DefinitionProblem[] {
  const { id: nodeId, typeId } = node;
  const capability = Object.hasOwn(gatedNodeTypes, typeId) ? gatedNodeTypes[typeId] : undefined;
  if (capability !== undefined && switches.isWithheld(capability)) {
    const message = `This host does not offer the node type ${typeId}.`;
    return [{ path: `${path}.typeId`, nodeId, offendingTypeId: typeId, message, requiredCapability: capability }];
  }
  const gate = Object.hasOwn(gatedMappings, typeId) ? gatedMappings[typeId] : undefined;
  if (!gate || !switches.isWithheld(gate.capability)) return [];
  return gate.keys
    .filter((key) => isFilled((node.config as Record<string, unknown>)[key]))
    .map((key) => ({
      path: `${path}.config.${key}`,
      nodeId,
      message: `This host does not offer ${gate.capability}.`,
      requiredCapability: gate.capability,
      invalid: true,
    }));
}

function isFilled(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
