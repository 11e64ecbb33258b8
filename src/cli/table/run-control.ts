// Commands that change a run from outside: cancel, pause, resume, annotate.

import type { ArgumentSpec, Command } from "../command.ts";
import type { OptionSpec } from "../options.ts";

const run: ArgumentSpec = { name: "RUN", describe: "Id of a run." };
const reason: OptionSpec = { name: "reason", form: "text", value: "TEXT", describe: "Kept with the run." };

export const runControlCommands: readonly Command[] = [
  {
    path: ["runs", "cancel"],
    purpose: "Cancel one run, or several.",
    more: [
      "A run that is over stays as it ended. With several runs each is cancelled on its own; the command fails when one could not be.",
    ],
    arguments: [{ ...run, rest: true }],
    options: [reason],
    examples: [
      { line: 'parley runs cancel run_01kd5q7v4kz1x8m2c9r3w6t0an --reason "wrong input"', says: "stop it" },
      {
        line: "parley runs cancel $(parley runs list --tag nightly --status running --json | jq -r .runId)",
        says: "many",
      },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/run-control.ts")).cancelRuns },
  },
  {
    path: ["runs", "pause"],
    purpose: "Pause a running run.",
    more: [
      "What runs comes to its end first; nothing starts after it. With --now the run stands still at once: a step that can safely begin anew does so on resume, what others have under way is kept. Questions stay open.",
    ],
    arguments: [run],
    options: [{ name: "now", form: "flag", describe: "Do not wait for the running step." }, reason],
    examples: [{ line: "parley runs pause run_01kd5q7v4kz1x8m2c9r3w6t0an --now", says: "hold everything" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/run-control.ts")).pauseRun },
  },
  {
    path: ["runs", "resume"],
    purpose: "Go on with a paused run.",
    arguments: [run],
    options: [reason],
    examples: [{ line: "parley runs resume run_01kd5q7v4kz1x8m2c9r3w6t0an", says: "go on" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/run-control.ts")).resumeRun },
  },
  {
    path: ["runs", "annotate"],
    purpose: "Say something of a run: a rating, a label, a correction or a flag.",
    more: ["Without any of them the annotations of the run are listed. The run itself is not touched."],
    arguments: [run],
    options: [
      { name: "rating", form: "text", value: "1-5", describe: "How good it was." },
      { name: "label", form: "text", value: "TEXT", describe: "What it is." },
      { name: "correction", form: "text", value: "TEXT", describe: "What it should have said." },
      { name: "flag", form: "flag", describe: "Somebody should look at it." },
      { name: "node", form: "text", value: "ID", describe: "It is about this step." },
      { name: "event", form: "text", value: "ID", describe: "It is about this event." },
      { name: "note", form: "text", value: "TEXT", describe: "Free words to go with it." },
    ],
    examples: [
      { line: 'parley runs annotate run_01kd5q7v4kz1x8m2c9r3w6t0an --rating 2 --note "too long"', says: "rate it" },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/run-control.ts")).annotateRun },
  },
];
