// parley version

import { readFileSync } from "node:fs";
import type { Handler } from "../command.ts";
import { type ExitCode, exitCodes } from "../failures.ts";
import { homeOf, runningDaemon } from "../home.ts";
import type { Host } from "../host.ts";
import type { Terminal } from "../terminal.ts";

export const version: Handler = async ({ terminal, host, options }) =>
  showVersion(terminal, host, options.flag("json"));

export function showVersion(terminal: Terminal, host: Host, json: boolean): ExitCode {
  const own = ownVersion();
  const node = process.version.slice(1);
  const daemon = runningDaemon(homeOf(host));
  if (json) {
    terminal.json({ version: own, node, ...(daemon && { daemon }) });
    return exitCodes.completed;
  }
  terminal.out(`parley ${own} (Node.js ${node})`);
  if (daemon && daemon.version !== own) {
    terminal.err(`The daemon at ${daemon.url} is version ${daemon.version ?? "unknown"}: restart it to use this one.`);
  }
  return exitCodes.completed;
}

function ownVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
