// Is what a workflow declares about undoing its effects something that this host can do?

import { CompensationPolicy } from "#protocol/compensation.ts";
import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import type { DefinitionProblem } from "../definition-problem.ts";
import type { EngineEnvironment } from "../engine.ts";
import { DISPATCH, SUPERVISOR } from "../loop.ts";
import { parseFact } from "./facts.ts";
import { COMPENSATION_PREFIX, inverseNode } from "./inverses.ts";

/** Checks one inverse as if it were a node of the document. */
export type CheckNode = (node: WorkflowNode, path: string) => DefinitionProblem[];

export function checkCompensation(
  environment: EngineEnvironment,
  definition: WorkflowDefinition,
  checkNode: CheckNode,
): DefinitionProblem[] {
  const { settings, nodes } = definition;
  const hasPolicy = Object.hasOwn(settings, "compensation");
  const isOffered = environment.compensation === true && !environment.switches?.isWithheld("compensation");
  const problems = nodes.flatMap((node, at) => {
    const path = `nodes[${at}]`;
    if (hasPolicy && isOffered) return checkMembers(definition, node, path, checkNode);
    return refusedMembers(node, path, isOffered);
  });
  if (!hasPolicy) return problems;
  if (!isOffered) {
    const message = "This host does not offer compensation.";
    return [{ path: "settings.compensation", message, requiredCapability: "compensation" }, ...problems];
  }
  const found = environment.validate(CompensationPolicy, (settings as { compensation?: unknown }).compensation);
  return [...found.map(({ path, message }) => ({ path: `settings.compensation${path}`, message })), ...problems];
}

/** Without a policy, or without the capability, these members would silently do nothing. */
function refusedMembers(node: WorkflowNode, path: string, isOffered: boolean): DefinitionProblem[] {
  const members = ["compensation", "irreversibleEffect"].filter((member) => Object.hasOwn(node, member));
  const message = isOffered
    ? "The workflow has no settings.compensation, without which nothing is undone."
    : "This host does not offer compensation: the member is not known here.";
  return members.map((member) => ({ path: `${path}.${member}`, nodeId: node.id, message }));
}

function checkMembers(
  definition: WorkflowDefinition,
  node: WorkflowNode,
  path: string,
  checkNode: CheckNode,
): DefinitionProblem[] {
  const { id: nodeId, compensation, irreversibleEffect } = node;
  const problems: DefinitionProblem[] = [];
  const refuse = (where: string, message: string) => problems.push({ path: `${path}${where}`, nodeId, message });
  if (nodeId.startsWith(COMPENSATION_PREFIX)) {
    refuse(".id", `Ids that begin with ${COMPENSATION_PREFIX} belong to the nodes that undo.`);
  }
  if (!compensation) return problems;
  if (irreversibleEffect) refuse(".irreversibleEffect", "What has an inverse is not irreversible.");
  for (const [port, value] of Object.entries(compensation.inputMapping ?? {})) {
    const where = `.compensation.inputMapping.${port}`;
    const fact = parseFact(value);
    if (!fact) {
      refuse(
        where,
        `Only $\{nodes.<id>.output.<port>}, $\{inputs.<name>} or a constant can be an input of an inverse.`,
      );
    } else if ("reference" in fact && fact.reference.from === "nodes") {
      const { nodeId: source } = fact.reference;
      if (!definition.nodes.some(({ id }) => id === source)) refuse(where, `There is no node ${source}.`);
    }
  }
  if (compensation.nodeTypeId === SUPERVISOR || compensation.nodeTypeId === DISPATCH) {
    refuse(".compensation.nodeTypeId", "A node that decides what the run does next cannot undo.");
    return problems;
  }
  const inverse = inverseNode(`${COMPENSATION_PREFIX}${nodeId}`, compensation, {});
  const found = checkNode(inverse, `${path}.compensation`);
  return [...problems, ...found.map((problem) => ({ ...problem, nodeId, path: renamed(problem.path, path) }))];
}

/** The type of an inverse is called `nodeTypeId`. */
function renamed(found: string, path: string): string {
  return found === `${path}.compensation.typeId` ? `${path}.compensation.nodeTypeId` : found;
}
