// The table of commands, in the order in which help shows them.

import type { Command } from "./command.ts";
import { agentCommands, threadCommands } from "./table/agents.ts";
import { chatCommands } from "./table/chat.ts";
import { consoleCommands, daemonCommands, keyCommands, otherCommands } from "./table/daemon.ts";
import { runCommands } from "./table/runs.ts";
import { setupCommands } from "./table/setup.ts";
import { interruptCommands, workflowCommands } from "./table/workflows.ts";

export const commandTable: readonly Command[] = [
  ...daemonCommands,
  ...consoleCommands,
  ...setupCommands,
  ...chatCommands,
  ...threadCommands,
  ...agentCommands,
  ...runCommands,
  ...interruptCommands,
  ...workflowCommands,
  ...keyCommands,
  ...otherCommands,
];
