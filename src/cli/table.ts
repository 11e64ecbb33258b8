// The table of commands, in the order in which help shows them.

import type { Command } from "./command.ts";
import { chatCommands } from "./table/chat.ts";
import { daemonCommands, keyCommands, otherCommands } from "./table/daemon.ts";
import { runCommands } from "./table/runs.ts";
import { interruptCommands, workflowCommands } from "./table/workflows.ts";

export const commandTable: readonly Command[] = [
  ...daemonCommands,
  ...chatCommands,
  ...runCommands,
  ...interruptCommands,
  ...workflowCommands,
  ...keyCommands,
  ...otherCommands,
];
