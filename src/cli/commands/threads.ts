// parley threads list, show: one page per call, as the daemon has it.

import type { Message, MessagePage } from "#protocol/threads.ts";
import { agentName } from "../agent-names.ts";
import { path } from "../client.ts";
import type { Handler, Invocation } from "../command.ts";
import { exitCodes } from "../failures.ts";
import { shortTime } from "../pages.ts";
import { oneLine, printable, shorten } from "../terminal.ts";

/** The daemon gives at most this many at once. */
const pageBounds = { least: 1, most: 200, otherwise: 20 } as const;
const SHOWN_TITLE = 60;

interface ListedThread {
  threadId: string;
  channel: string;
  title?: string;
  lastAt: string;
  runId?: string;
}

export const listThreads: Handler = async (call) => {
  const { client, terminal, options } = call;
  const page = await client.get<{ threads: ListedThread[]; nextCursor?: string }>(
    "/v1/host/parley/threads",
    pageQuery(call),
  );
  if (options.flag("json")) terminal.json(page);
  else if (page.threads.length === 0) terminal.err("There are no threads here. Begin one: parley chat");
  else {
    const rows = page.threads.map(({ threadId, channel, title, lastAt, runId }) => [
      threadId,
      channel,
      shortTime(lastAt),
      runId ?? "",
      shorten(title ?? "", SHOWN_TITLE),
    ]);
    terminal.table([["THREAD", "CHANNEL", "LAST", "RUNNING", "TITLE"], ...rows]);
    sayMore(call, "parley threads list", page.nextCursor);
  }
  return exitCodes.completed;
};

export const showThread: Handler = async (call) => {
  const {
    client,
    terminal,
    options,
    arguments: [threadId = ""],
  } = call;
  const page = await client.get<MessagePage>(path`/v1/host/parley/threads/${threadId}`, pageQuery(call));
  if (options.flag("json")) terminal.json(page);
  else {
    for (const message of page.messages) showMessage(terminal, message);
    sayMore(call, `parley threads show ${threadId}`, page.nextCursor);
  }
  return exitCodes.completed;
};

function pageQuery({ options }: Invocation) {
  return { limit: options.count("limit", pageBounds), cursor: options.text("cursor") };
}

/** `2026-06-30 10:00:00Z  chief  msg_1`, then the text below it. */
function showMessage(terminal: Invocation["terminal"], message: Message): void {
  const { role, agent, at, messageId } = message;
  const who = role === "user" ? "you" : role === "system" ? "parley" : agentName(agent ?? "assistant");
  const colour = role === "user" ? "green" : role === "system" ? "yellow" : "cyan";
  const head = [shortTime(at), terminal.paint(colour, oneLine(who)), terminal.paint("dim", messageId)];
  terminal.out(head.join("  "));
  for (const line of printable(message.text).split("\n")) terminal.out(`  ${line}`.trimEnd());
  terminal.out("");
}

function sayMore({ terminal, options }: Invocation, command: string, cursor: string | undefined): void {
  if (cursor === undefined) return;
  const limit = options.text("limit");
  terminal.err(`There is more: ${command}${limit === undefined ? "" : ` --limit ${limit}`} --cursor ${cursor}`);
}
