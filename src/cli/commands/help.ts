// parley help

import { type Command, type Handler, nameOf } from "../command.ts";
import { type ExitCode, exitCodes } from "../failures.ts";
import { renderCommand, renderGroup, renderOverview, usageOf } from "../help.ts";
import { findCommand } from "../parse.ts";
import type { Terminal } from "../terminal.ts";

export const help: Handler = async ({ terminal, arguments: topic, options, table }) => {
  return showHelp(terminal, table, topic, options.flag("json"));
};

/** Help of the command or group that the words name; without words, of everything. @throws UsageError */
export function showHelp(
  terminal: Terminal,
  table: readonly Command[],
  topic: readonly string[],
  json: boolean,
): ExitCode {
  const { text, commands } = helpOn(table, topic);
  if (json) for (const command of commands) terminal.json(describe(command));
  else terminal.out(text);
  return exitCodes.completed;
}

function helpOn(table: readonly Command[], topic: readonly string[]): { text: string; commands: readonly Command[] } {
  if (topic.length === 0) return { text: renderOverview(table), commands: table };
  const found = findCommand(topic, table);
  if (found.kind === "command") return { text: renderCommand(found.command), commands: [found.command] };
  const commands = table.filter(({ path }) => path[0] === found.group);
  return { text: renderGroup(found.group, commands), commands };
}

function describe(command: Command): object {
  const { purpose, exits } = command;
  return { command: nameOf(command), purpose, usage: usageOf(command), exits };
}
