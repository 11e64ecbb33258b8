// The conformance probe of `core.identity` (runs.md §17.3): it writes three messages, one id twice, so that everybody
// can see the message reducer keep each once.

import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import type { ChannelWrite } from "../channels/writes.ts";
import type { NodeContext, NodeProblem } from "../node-type.ts";

/** The probe is for conformance workflows with a message channel. */
export function checkDuplicateMessages({ config }: WorkflowNode, definition: WorkflowDefinition): NodeProblem[] {
  if (config.emitDuplicateMessageId !== true) return [];
  const path = "config.emitDuplicateMessageId";
  if (!definition.id.startsWith("conformance-"))
    return [{ path, message: "Only conformance workflows may ask for it." }];
  const hasChannel = Object.values(definition.channels ?? {}).some(({ reducer }) => reducer === "message");
  return hasChannel ? [] : [{ path, message: "The workflow declares no channel with the reducer message." }];
}

/** Nothing, where the node is an ordinary echo. Ids are made of the node's, so a replay writes the same ones. */
export function duplicateMessages({ config, channels, nodeId, nowMs }: NodeContext): ChannelWrite[] {
  if (config.emitDuplicateMessageId !== true) return [];
  const channel = [...channels.values()].find(({ reducer }) => reducer === "message");
  if (!channel) return [];
  const timestamp = new Date(nowMs).toISOString();
  return [
    { id: "1", content: "first" },
    { id: "1", content: "first, again" },
    { id: "2", content: "second" },
  ].map(({ id, content }) => ({
    channel: channel.name,
    value: { messageId: `${nodeId}:${id}`, role: "assistant", content, timestamp },
  }));
}
