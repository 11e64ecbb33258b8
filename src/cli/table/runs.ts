// Commands that start and watch runs.

import { runStatuses } from "#protocol/status.ts";
import type { ArgumentSpec, Command } from "../command.ts";
import type { OptionSpec } from "../options.ts";

const run: ArgumentSpec = { name: "RUN", describe: "Id of a run." };
export const limit: OptionSpec = { name: "limit", form: "text", value: "N", describe: "How many at most; default 20." };

export const runCommands: readonly Command[] = [
  {
    path: ["run"],
    purpose: "Run a workflow and watch it to its end.",
    more: [
      "A name with a dot or a slash is a file, YAML or JSON. Its definition is completed (id from the file's name, version 0.0.0-dev, empty lists), registered, and run.",
      "An input is text, unless it reads as JSON: a number, true, false, null, an object or an array. NAME:=JSON takes JSON only, so that n:='\"42\"' is the text 42.",
      "In a terminal a run that asks something asks it here. With --json the output is one object: the run as it ended, or with --no-wait as it was created.",
    ],
    arguments: [{ name: "WORKFLOW|FILE", describe: "Id of a registered workflow, or a file with a definition." }],
    options: [
      { name: "input", form: "list", value: "NAME=VALUE", describe: "One input of the run." },
      { name: "input-json", form: "text", value: "JSON", describe: "All inputs as one object; --input adds to it." },
      { name: "trace", form: "flag", describe: "Also print the trace id." },
      { name: "no-wait", form: "flag", describe: "Print the id and end; the run goes on." },
    ],
    examples: [
      { line: "parley run ./hello.yaml --input name=Ada --trace", says: "a file" },
      { line: "parley run nightly-report --no-wait --json", says: "a registered workflow, from a script" },
    ],
    exits: [0, 1, 2, 3, 4, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/run.ts")).run },
  },
  {
    path: ["runs", "list"],
    purpose: "List runs, the newest first.",
    arguments: [],
    options: [
      {
        name: "status",
        form: "text",
        value: "STATUS",
        choices: runStatuses,
        describe: `Only runs in this status: ${runStatuses.join(", ")}.`,
      },
      { name: "workflow", form: "text", value: "ID", describe: "Only runs of this workflow." },
      { name: "tag", form: "text", value: "TAG", describe: "Only runs with this tag." },
      limit,
    ],
    examples: [{ line: "parley runs list --status failed --limit 5", says: "what went wrong lately" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/runs.ts")).listRuns },
  },
  {
    path: ["runs", "show"],
    purpose: "Show one run: status, steps, cost, error.",
    arguments: [run],
    options: [{ name: "at", form: "text", value: "N", describe: "As it was after the event with this sequence." }],
    examples: [
      { line: "parley runs show run_01kd5q7v4kz1x8m2c9r3w6t0an", says: "how did it go?" },
      { line: "parley runs show run_01kd5q7v4kz1x8m2c9r3w6t0an --at 12", says: "and how did it stand then?" },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/runs.ts")).showRun },
  },
  {
    path: ["runs", "events"],
    purpose: "Print the events of a run.",
    more: [
      "Modes: updates (transitions), values (the state after each of them; without --follow the present state), messages (the text that models write), debug (everything). Several modes may be joined by commas, except values.",
    ],
    arguments: [run],
    options: [
      { name: "follow", form: "flag", short: "f", describe: "Go on until the run ends." },
      { name: "stream-mode", form: "text", value: "MODE", describe: "What to show; default updates." },
    ],
    examples: [
      {
        line: "parley runs events run_01kd5q7v4kz1x8m2c9r3w6t0an --follow --stream-mode debug",
        says: "everything, live",
      },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/run-events.ts")).runEvents },
  },
];
