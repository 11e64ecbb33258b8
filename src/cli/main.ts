// The `parley` command: parse, call, report.
//
//   Only the table and the parser are loaded at once; a command's own code, and what it needs, when it is called.

import type { Client } from "./client.ts";
import type { Command, Invocation } from "./command.ts";
import { type ExitCode, exitCodes, UsageError } from "./failures.ts";
import { type Host, thisHost } from "./host.ts";
import type { Options } from "./options.ts";
import { type Parsed, parseCommandLine } from "./parse.ts";
import { commandTable } from "./table.ts";
import { Terminal } from "./terminal.ts";

/**
 * Carries out one command line.
 * @param argv the words after `parley`
 * @returns the exit code (operations.md §15)
 */
export async function main(argv: string[], host: Host = thisHost()): Promise<number> {
  const terminal = new Terminal(host);
  const closing = new AbortController();
  try {
    return await Promise.race([carryOut(argv, terminal, host, closing.signal), whenReaderGoes(host)]);
  } catch (error) {
    const { reportFailure } = await import("./report-failure.ts");
    return reportFailure(terminal, error, wantsJson(argv));
  } finally {
    closing.abort();
  }
}

async function carryOut(argv: string[], terminal: Terminal, host: Host, closing: AbortSignal): Promise<ExitCode> {
  const parsed = parseCommandLine(argv, commandTable);
  switch (parsed.kind) {
    case "help": {
      const { showHelp } = await import("./commands/help.ts");
      return showHelp(terminal, commandTable, parsed.topic, parsed.json);
    }
    case "version": {
      const { showVersion } = await import("./commands/version.ts");
      return showVersion(terminal, host, parsed.json);
    }
    case "command":
      return call(parsed, terminal, host, closing);
  }
}

async function call(
  { command, arguments: words, options }: Extract<Parsed, { kind: "command" }>,
  terminal: Terminal,
  host: Host,
  closing: AbortSignal,
): Promise<ExitCode> {
  const handler = await handlerOf(command);
  const client = await connect(options, host, closing);
  const invocation: Invocation = { arguments: words, options, terminal, host, client, table: commandTable };
  return handler(invocation);
}

async function handlerOf({ path, carrier }: Command) {
  if (carrier.by === "cli") return carrier.load();
  // The launcher looks at the first word only: with an option before it the call ends up here.
  const name = path.join(" ");
  throw new UsageError(`Write the command first: parley ${name} [OPTIONS]`, `See: parley ${name} --help`);
}

async function connect(options: Options, host: Host, closing: AbortSignal): Promise<Client> {
  const [{ Client }, { locate }] = await Promise.all([import("./client.ts"), import("./home.ts")]);
  const overrides = { url: options.text("url"), key: options.text("key") };
  return new Client({ host, closing, locate: () => locate(host, overrides) });
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? undefined : end).includes("--json");
}

/** `parley runs list | head`: when nobody reads any more, there is nothing left to do. */
function whenReaderGoes(host: Host): Promise<ExitCode> {
  const { promise, resolve, reject } = Promise.withResolvers<ExitCode>();
  // Never taken off again: the error of the last line may come after the command has ended.
  host.stdout.on("error", (error: NodeJS.ErrnoException) =>
    error.code === "EPIPE" ? resolve(exitCodes.completed) : reject(error),
  );
  return promise;
}
