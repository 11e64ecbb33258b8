// parley chat

import { agentId } from "../agent-names.ts";
import type { Thread } from "../chat/thread.ts";
import type { Handler, Invocation } from "../command.ts";
import { UsageError } from "../failures.ts";

const DEFAULT_THREAD = "cli";
const TIMEOUT_SECONDS = { least: 1, most: 86_400, otherwise: 120 } as const;

export const chat: Handler = async (call) => {
  const { options, client } = call;
  const thread: Thread = { client, threadId: options.text("thread") ?? DEFAULT_THREAD };
  const timeoutMs = options.count("timeout", TIMEOUT_SECONDS) * 1000;
  const name = options.text("agent");
  const agent = name === undefined ? undefined : agentId(name);
  const once = options.text("once");
  if (once === undefined) {
    const { converse } = await import("../chat/repl.ts");
    return converse(call, thread, { agent, timeoutMs });
  }
  const text = once === "-" ? await readAll(call) : once;
  if (text.trim() === "") throw new UsageError("There is no text to send.");
  const { askOnce } = await import("../chat/once.ts");
  return askOnce(call, thread, { text, agent, timeoutMs });
};

async function readAll({ host }: Invocation): Promise<string> {
  const { text } = await import("node:stream/consumers");
  return (await text(host.stdin)).trimEnd();
}
