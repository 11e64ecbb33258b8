// parley open

import type { ConsoleLink } from "#protocol/sessions.ts";
import type { Handler } from "../command.ts";
import { exitCodes } from "../failures.ts";

export const open: Handler = async ({ terminal, options, client }) => {
  // Harmless to repeat: a link that nobody read is worth nothing in ten minutes.
  const path = "/v1/host/parley/admin/console-link";
  const link = await client.json<ConsoleLink>({ method: "POST", path, repeatable: true });
  if (options.flag("json")) {
    terminal.json(link);
    return exitCodes.completed;
  }
  terminal.out(link.url);
  terminal.err("Open it in a browser: it works once, within 10 minutes, and signs you in for 30 days.");
  return exitCodes.completed;
};
