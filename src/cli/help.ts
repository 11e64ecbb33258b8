// Help, made of the table.

import { type ArgumentSpec, type Command, commonOptions, connectionOptions, nameOf } from "./command.ts";
import { exitMeanings } from "./failures.ts";
import type { OptionSpec } from "./options.ts";

/** `parley help`: what there is. */
export function renderOverview(table: readonly Command[]): string {
  const width = Math.max(...table.map((command) => nameOf(command).length));
  return [
    "parley: chat with durable agents and workflows on your own machine.",
    "",
    "Usage: parley COMMAND [OPTIONS]",
    "",
    "Commands:",
    ...table.map((command) => `  ${nameOf(command).padEnd(width)}  ${command.purpose}`),
    "",
    "Options of every command:",
    ...optionLines(commonOptions),
    "Options of every command that speaks to the daemon:",
    ...optionLines(connectionOptions),
    "",
    "The daemon is the one that runs for PARLEY_HOME (default ~/.parley).",
    "More: parley COMMAND --help",
    "",
    ...exitLines([0, 1, 2, 3, 4, 5, 6]),
  ].join("\n");
}

/** `parley runs --help`: the commands of a group. */
export function renderGroup(group: string, members: readonly Command[]): string {
  const width = Math.max(...members.map((command) => nameOf(command).length));
  return [
    `Usage: parley ${group} COMMAND [OPTIONS]`,
    "",
    "Commands:",
    ...members.map((command) => `  ${nameOf(command).padEnd(width)}  ${command.purpose}`),
    "",
    `More: parley ${group} COMMAND --help`,
  ].join("\n");
}

/** `parley runs list --help`. */
export function renderCommand(command: Command): string {
  const shared = command.speaks ? [...connectionOptions, ...commonOptions] : commonOptions;
  return [
    `parley ${nameOf(command)}: ${command.purpose}`,
    "",
    `Usage: ${usageOf(command)}`,
    ...(command.more ?? []).flatMap((paragraph) => ["", ...wrap(paragraph, 96)]),
    ...section("Arguments:", columns(command.arguments.map((spec) => [spec.name, spec.describe]))),
    ...section("Options:", optionLines([...command.options, ...shared])),
    ...section(
      command.examples.length === 1 ? "Example:" : "Examples:",
      command.examples.flatMap(({ line, says }) => [`  # ${says}`, `  ${line}`]),
    ),
    "",
    ...exitLines(command.exits),
  ].join("\n");
}

/** `parley runs cancel RUN [--reason TEXT]` */
export function usageOf(command: Command): string {
  const words = command.arguments.map(argumentUsage);
  const options = command.options.map((spec) => `[${optionUsage(spec)}]${spec.form === "list" ? "…" : ""}`);
  return [`parley ${nameOf(command)}`, ...words, ...options].join(" ");
}

function argumentUsage(spec: ArgumentSpec): string {
  const name = spec.rest ? `${spec.name}…` : spec.name;
  return spec.optional ? `[${name}]` : name;
}

function optionUsage(spec: OptionSpec): string {
  return spec.form === "flag" ? `--${spec.name}` : `--${spec.name} ${valueName(spec)}`;
}

function valueName(spec: OptionSpec): string {
  return spec.value ?? spec.choices?.join("|") ?? "VALUE";
}

function optionLines(specs: readonly OptionSpec[]): string[] {
  return columns(specs.map((spec) => [optionName(spec), optionText(spec)]));
}

export function optionName(spec: OptionSpec): string {
  return spec.short === undefined ? optionUsage(spec) : `-${spec.short}, ${optionUsage(spec)}`;
}

export function optionText(spec: OptionSpec): string {
  return spec.form === "list" ? `${spec.describe} May be repeated.` : spec.describe;
}

function exitLines(exits: Command["exits"]): string[] {
  return ["Exit codes:", ...exits.map((code) => `  ${code}  ${exitMeanings[code]}`)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

const COLUMN_LIMIT = 34;
const TEXT_WIDTH = 66;

/** Two columns; a text that is longer than its column goes on below itself. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(COLUMN_LIMIT, Math.max(0, ...rows.map(([name]) => name.length)));
  return rows.flatMap(([name, text]) => {
    const [first = "", ...rest] = wrap(text, TEXT_WIDTH);
    const indent = " ".repeat(width + 4);
    const head = name.length > width ? [`  ${name}`, `${indent}${first}`] : [`  ${name.padEnd(width)}  ${first}`];
    return [...head, ...rest.map((line) => indent + line)];
  });
}

/** Lines of at most `width` characters, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
