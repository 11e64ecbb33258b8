// What the suites about state channels share: documents with writes, and runs of them.

import type { Client, LoggedEvent } from "../support/client.ts";
import { type NodeSpec, type WorkflowSpec, workflow } from "../support/definitions.ts";

/** A node that writes; ids in order are run in order. */
export function write(id: string, channelName: string, value: unknown, config: object = {}): NodeSpec {
  return { id, typeId: "core.channelWrite", config: { channelName, value, ...config } };
}

/** The nodes, one after the other. */
export function chained(id: string, nodes: NodeSpec[], more: Partial<WorkflowSpec> = {}) {
  const edges = nodes.slice(1).map((node, at) => ({ from: (nodes[at] as NodeSpec).id, to: node.id }));
  return workflow(id, { nodes, edges, ...more });
}

export function declared(channels: object): Partial<WorkflowSpec> {
  return { more: { channels } };
}

export interface Outcome {
  status: string;
  // biome-ignore lint/suspicious/noExplicitAny: black-box tests read whatever the wire carries
  snapshot: any;
  log: LoggedEvent[];
  writes: LoggedEvent[];
}

export async function run(client: Client, definition: { id: string }, inputs: object = {}): Promise<Outcome> {
  await client.register(definition);
  const runId = await client.createRun(definition.id, { inputs });
  const status = await client.ended(runId);
  const log = await client.log(runId);
  return { status, snapshot: await client.snapshot(runId), log, writes: logged(log, "channel.written") };
}

export function logged(log: readonly LoggedEvent[], type: string): LoggedEvent[] {
  return log.filter((event) => event.type === type);
}

export const vote = (userId: string, action: string) => ({ userId, action, timestamp: "2026-01-01T00:00:00Z" });
export const message = (messageId: string, content: string) => ({
  messageId,
  role: "user",
  content,
  timestamp: "2026-01-01T00:00:00Z",
});
