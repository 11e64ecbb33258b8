// The table of commands, in the order in which help shows them.

import type { Command } from "./command.ts";
import { agentCommands, threadCommands } from "./table/agents.ts";
import { chatCommands } from "./table/chat.ts";
import { consoleCommands, daemonCommands, keyCommands, otherCommands } from "./table/daemon.ts";
import { forkCommands } from "./table/forks.ts";
import { runControlCommands } from "./table/run-control.ts";
import { runCommands } from "./table/runs.ts";
import { setupCommands } from "./table/setup.ts";
import { deadLetterCommands, scheduleCommands } from "./table/time.ts";
import { webhookCommands } from "./table/webhooks.ts";
import { interruptCommands, workflowCommands } from "./table/workflows.ts";

export const commandTable: readonly Command[] = [
  ...daemonCommands,
  ...consoleCommands,
  ...setupCommands,
  ...chatCommands,
  ...threadCommands,
  ...agentCommands,
  ...runCommands,
  ...runControlCommands,
  ...forkCommands,
  ...interruptCommands,
  ...workflowCommands,
  ...webhookCommands,
  ...scheduleCommands,
  ...deadLetterCommands,
  ...keyCommands,
  ...otherCommands,
];
