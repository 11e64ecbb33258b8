// What a command is: one row of the table that help, dispatch and docs/cli.md are made of.

import type { Client } from "./client.ts";
import type { ExitCode } from "./failures.ts";
import type { Host } from "./host.ts";
import type { OptionSpec, Options } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export interface ArgumentSpec {
  name: string;
  optional?: true;
  /** Takes all that follow. */
  rest?: true;
  describe: string;
}

export interface Example {
  line: string;
  says: string;
}

/** A command that this room carries out, or (`launcher`) one that the launcher hands to the daemon's own start-up code. */
export type Carrier = { by: "cli"; load: () => Promise<Handler> } | { by: "launcher" };

export interface Command {
  /** The words that name it: `["runs", "list"]`. */
  path: readonly string[];
  /** One line: what it is for. */
  purpose: string;
  /** Paragraphs below the purpose. */
  more?: readonly string[];
  arguments: readonly ArgumentSpec[];
  options: readonly OptionSpec[];
  examples: readonly [Example, ...Example[]];
  /** The codes it can end with, and what they mean here when that is more special than the general meaning. */
  exits: readonly ExitCode[];
  /** Whether it speaks to the daemon: such commands take `--url` and `--key`. */
  speaks: boolean;
  carrier: Carrier;
}

/** What a command is called with. */
export interface Invocation {
  arguments: readonly string[];
  options: Options;
  terminal: Terminal;
  host: Host;
  /** The way to the daemon. Fails only when a request is made. */
  client: Client;
  /** All commands, for help. */
  table: readonly Command[];
}

export type Handler = (call: Invocation) => Promise<ExitCode>;

/** Options of every command. */
export const commonOptions: readonly OptionSpec[] = [
  { name: "json", form: "flag", describe: "Machine output: one JSON object per line, words as on the wire." },
  { name: "help", form: "flag", short: "h", describe: "Show this help." },
];

/** Options of the commands that speak to the daemon. */
export const connectionOptions: readonly OptionSpec[] = [
  {
    name: "url",
    form: "text",
    value: "URL",
    describe: "Address of the daemon; default: the one running for this home.",
  },
  {
    name: "key",
    form: "text",
    value: "KEY",
    describe: "API key; default: PARLEY_API_KEY, else the home's key. Other users can see it in the process list.",
  },
];

/** All options a command understands, its own first. */
export function optionsOf(command: Command): readonly OptionSpec[] {
  return [...command.options, ...(command.speaks ? connectionOptions : []), ...commonOptions];
}

export function nameOf(command: Command): string {
  return command.path.join(" ");
}
