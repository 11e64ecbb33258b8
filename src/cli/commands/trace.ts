// parley trace

import type { Handler } from "../command.ts";
import { exitCodes } from "../failures.ts";
import { readTrace, showTrace } from "../trace.ts";

export const trace: Handler = async ({ client, terminal, options, arguments: [messageId = ""] }) => {
  const found = await readTrace(client, messageId);
  if (options.flag("json")) terminal.json(found);
  else showTrace(terminal, found);
  return exitCodes.completed;
};
