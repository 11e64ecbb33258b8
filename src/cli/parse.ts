// From the words of the command line to a command and what it is called with.
//
//   Options may stand anywhere, also before the command: a name has the same form everywhere (a test holds the table to
//   it). Nothing is guessed: an unknown word or option ends in a usage error that names the nearest one.

import { parseArgs } from "node:util";
import { type Command, nameOf, optionsOf } from "./command.ts";
import { UsageError } from "./failures.ts";
import { checkChoice, type OptionSpec, Options } from "./options.ts";
import { nearest } from "./suggest.ts";

export type Parsed =
  | { kind: "command"; command: Command; arguments: readonly string[]; options: Options }
  /** The path of a command or of a group; empty for the overview. */
  | { kind: "help"; topic: readonly string[]; json: boolean }
  | { kind: "version"; json: boolean };

/** @throws UsageError */
export function parseCommandLine(argv: readonly string[], table: readonly Command[]): Parsed {
  const line = readLine(argv, table);
  const wantsHelp = hasOption(line, "help");
  const json = hasOption(line, "json");
  if (line.words.length === 0) return withoutWords(line, wantsHelp, table);
  const found = findCommand(line.words, table);
  if (found.kind === "group") {
    if (wantsHelp) return { kind: "help", topic: [found.group], json };
    throw new UsageError(
      `parley ${found.group} needs one of: ${found.members.join(", ")}.`,
      `See: parley ${found.group} --help`,
    );
  }
  const { command } = found;
  if (wantsHelp) return { kind: "help", topic: command.path, json };
  const options = checkOptions(command, line.options, table);
  const rest = line.words.slice(command.path.length);
  checkArguments(command, rest);
  return { kind: "command", command, arguments: rest, options };
}

interface GivenOption {
  /** As written: `--limit`, `-h`. */
  raw: string;
  name: string;
  value: string | undefined;
  inline: boolean;
}

interface Line {
  words: readonly string[];
  options: readonly GivenOption[];
}

function readLine(argv: readonly string[], table: readonly Command[]): Line {
  const { tokens } = parseArgs({
    args: [...argv],
    options: unionOfOptions(table),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const options: GivenOption[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    options.push({ raw: token.rawName, name: token.name, value: token.value, inline: token.inlineValue === true });
  }
  return { words, options };
}

type ParseArgsOptions = Record<string, { type: "boolean" | "string"; short?: string }>;

function unionOfOptions(table: readonly Command[]): ParseArgsOptions {
  const union: ParseArgsOptions = { version: { type: "boolean", short: "v" } };
  for (const spec of table.flatMap((command) => optionsOf(command))) {
    union[spec.name] = {
      type: spec.form === "flag" ? "boolean" : "string",
      ...(spec.short !== undefined && { short: spec.short }),
    };
  }
  return union;
}

function hasOption(line: Line, name: string): boolean {
  return line.options.some((option) => option.name === name);
}

function withoutWords(line: Line, wantsHelp: boolean, table: readonly Command[]): Parsed {
  const json = hasOption(line, "json");
  if (hasOption(line, "version") && !wantsHelp) return { kind: "version", json };
  const known = unionOfOptions(table);
  const unknown = line.options.find(({ name }) => !Object.hasOwn(known, name));
  if (unknown) throw unknownOption(unknown, "parley", Object.keys(known));
  if (!wantsHelp && line.options.length > 0) {
    throw new UsageError("Which command?", "See the commands: parley help");
  }
  return { kind: "help", topic: [], json };
}

type Found = { kind: "command"; command: Command } | { kind: "group"; group: string; members: string[] };

/** The command whose path the words begin with, or the group of which only the name was given. @throws UsageError */
export function findCommand(words: readonly string[], table: readonly Command[]): Found {
  const [first = "", second] = words;
  const single = table.find((command) => command.path.length === 1 && command.path[0] === first);
  if (single) return { kind: "command", command: single };
  const members = table.filter((command) => command.path[0] === first);
  if (members.length === 0) throw unknownWord(first, "parley", [...new Set(table.map(({ path }) => path[0] ?? ""))]);
  const names = members.map((command) => command.path[1] ?? "");
  if (second === undefined) return { kind: "group", group: first, members: names };
  const command = members.find(({ path }) => path[1] === second);
  if (!command) throw unknownWord(second, `parley ${first}`, names);
  return { kind: "command", command };
}

function unknownWord(word: string, where: string, names: readonly string[]): UsageError {
  const near = nearest(word, names);
  const meant = near === undefined ? "" : ` Did you mean "${near}"?`;
  const all = where === "parley" ? "See the commands: parley help" : `There are: ${names.join(", ")}`;
  return new UsageError(`${where}: there is no command "${word}".${meant}`, all);
}

function unknownOption(option: GivenOption, where: string, names: readonly string[]): UsageError {
  const near = nearest(option.name, names);
  const meant = near === undefined ? "" : ` Did you mean --${near}?`;
  const topic = where === "parley" ? "parley help" : `${where} --help`;
  return new UsageError(`${where}: there is no option ${option.raw}.${meant}`, `See: ${topic}`);
}

function checkOptions(command: Command, given: readonly GivenOption[], table: readonly Command[]): Options {
  const specs = new Map(optionsOf(command).map((spec) => [spec.name, spec]));
  const values = new Map<string, string[]>();
  for (const option of given) {
    const spec = specs.get(option.name);
    if (!spec) throw foreignOption(option, command, [...specs.keys()], table);
    const value = givenValue(option, spec);
    const before = values.get(spec.name);
    if (before && spec.form === "text") throw new UsageError(`--${spec.name} can be given once only.`);
    values.set(spec.name, [...(before ?? []), value]);
  }
  return new Options(values);
}

function foreignOption(
  option: GivenOption,
  command: Command,
  names: readonly string[],
  table: readonly Command[],
): UsageError {
  const where = `parley ${nameOf(command)}`;
  const owners = table.filter((other) => optionsOf(other).some(({ name }) => name === option.name));
  if (owners.length === 0 || nearest(option.name, names) !== undefined) return unknownOption(option, where, names);
  const belongs = owners.map((owner) => `parley ${nameOf(owner)}`).join(", ");
  return new UsageError(
    `${where}: there is no option ${option.raw}; it belongs to ${belongs}.`,
    `See: ${where} --help`,
  );
}

function givenValue(option: GivenOption, spec: OptionSpec): string {
  if (spec.form === "flag") {
    if (option.value !== undefined) throw new UsageError(`${option.raw} takes no value.`);
    return "";
  }
  const { value } = option;
  if (value === undefined) throw new UsageError(`${option.raw} needs a value: ${option.raw} ${spec.value ?? "VALUE"}`);
  // `--limit --json` is a forgotten value, not the value "--json".
  if (!option.inline && value.startsWith("-") && value.length > 1) {
    throw new UsageError(
      `${option.raw} needs a value.`,
      `For a value that begins with "-" write ${option.raw}=${value}`,
    );
  }
  checkChoice(spec, value);
  return value;
}

function checkArguments(command: Command, given: readonly string[]): void {
  const where = `parley ${nameOf(command)}`;
  const missing = command.arguments.find((spec, index) => !spec.optional && given[index] === undefined);
  if (missing) throw new UsageError(`${where} needs ${missing.name}: ${missing.describe}`, `See: ${where} --help`);
  const takesRest = command.arguments.some((spec) => spec.rest);
  const extra = given[command.arguments.length];
  if (extra !== undefined && !takesRest) {
    throw new UsageError(`${where} does not know what to do with "${shown(extra)}".`, `See: ${where} --help`);
  }
}

const LONGEST_SHOWN_WORD = 16;

/** A word that is out of place may be a credential: long ones are not repeated. */
function shown(word: string): string {
  return word.length <= LONGEST_SHOWN_WORD ? word : `${word.slice(0, 4)}…`;
}
