// docs/cli.md, made of the table.

import { type Command, commonOptions, connectionOptions, nameOf } from "./command.ts";
import { exitMeanings } from "./failures.ts";
import { optionName, optionText, usageOf } from "./help.ts";
import type { OptionSpec } from "./options.ts";
import { commandTable } from "./table.ts";

/** The reference of the command line as Markdown. docs/cli.md is this text; a test compares them. */
export function renderReference(): string {
  return [
    "# The command line",
    "",
    "<!-- Written by renderReference() of src/cli/reference.ts. Change the table of commands, then run",
    "     node test/cli/write-reference.ts. -->",
    "",
    "`parley COMMAND [OPTIONS]`. Every command knows `--help`; options may stand anywhere in the line.",
    "",
    "## Which daemon, which key",
    "",
    "Commands that speak to the daemon find it through the home: `PARLEY_HOME`, default `~/.parley`. The daemon that runs",
    "for a home writes its address there. The key is `PARLEY_API_KEY`, else the `key` file of the home. `--url` and `--key`",
    "win over both; the key of the home is sent to this machine only, so another machine needs `--key` or `PARLEY_API_KEY`.",
    "When no daemon runs, one line on stderr says so and how to start it, and the exit code is 5.",
    "",
    "A daemon that goes away while a command works (a restart) is waited for. Requests are repeated only when that is",
    "harmless: reads, and writes under an id that the daemon knows again.",
    "",
    "## Output",
    "",
    "Results go to stdout, everything about them to stderr. With `--json` stdout carries one JSON object per line with the",
    "words of the wire, and an error stands on stderr as its envelope too. Colours are used on a terminal only, and never",
    "with `NO_COLOR`.",
    "",
    ...table(["Exit code", "Meaning"], Object.entries(exitMeanings)),
    "",
    "## Options of every command",
    "",
    ...optionTable([...commonOptions]),
    "",
    "Commands that speak to the daemon also take:",
    "",
    ...optionTable([...connectionOptions]),
    "",
    "## Commands",
    "",
    ...table(
      ["Command", ""],
      commandTable.map((command) => [`[${nameOf(command)}](#${anchorOf(command)})`, command.purpose]),
    ),
    "",
    ...commandTable.flatMap(renderSection),
  ].join("\n");
}

function anchorOf(command: Command): string {
  return `parley-${command.path.join("-")}`;
}

function renderSection(command: Command): string[] {
  return [
    `### parley ${nameOf(command)}`,
    "",
    command.purpose,
    "",
    "```sh",
    usageOf(command),
    "```",
    "",
    ...(command.more ?? []).flatMap((paragraph) => [escapeMarkdown(paragraph), ""]),
    ...withBlank(
      table(
        ["Argument", ""],
        command.arguments.map(({ name, describe }) => [`\`${name}\``, describe]),
      ),
    ),
    ...withBlank(optionTable(command.options)),
    "```sh",
    ...command.examples.flatMap(({ line, says }) => [`# ${says}`, line]),
    "```",
    "",
    `Exit codes: ${command.exits.join(", ")}.`,
    "",
  ];
}

function optionTable(specs: readonly OptionSpec[]): string[] {
  return table(
    ["Option", ""],
    specs.map((spec) => [`\`${optionName(spec)}\``, optionText(spec)]),
  );
}

function withBlank(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [...lines, ""];
}

function table(heading: readonly [string, string], rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heading), "|---|---|", ...rows.map(([name, text]) => line([name, escapeMarkdown(text)]))];
}

/** Placeholders and paths as they are: without this `*` and `<` would be taken as markup. */
function escapeMarkdown(text: string): string {
  return text.replace(/[<*]/g, "\\$&");
}
