// Commands that look back at runs, and go on from there.

import type { ArgumentSpec, Command } from "../command.ts";

const run: ArgumentSpec = { name: "RUN", describe: "Id of a run." };

export const forkCommands: readonly Command[] = [
  {
    path: ["runs", "fork"],
    purpose: "Make a new run out of a run, from one of its events on.",
    more: [
      "A branch keeps the events before --from and lives on from there: it asks its questions again, and what it does outside (messages, calls, tools) is done again.",
      "A replay reads the rest from the record: it asks nobody and performs nothing. Where the code of today comes to something else, its log says so (replay.diverged).",
    ],
    arguments: [run],
    options: [
      { name: "from", form: "text", value: "N", describe: "Sequence of the first event that is new; default 0." },
      {
        name: "mode",
        form: "text",
        value: "MODE",
        choices: ["replay", "branch"],
        describe: "replay or branch; default branch.",
      },
      { name: "set", form: "list", value: "NAME=VALUE", describe: "A variable that the branch begins with." },
    ],
    examples: [
      {
        line: "parley runs fork run_01kd5q7v4kz1x8m2c9r3w6t0an --from 12 --set color=blue",
        says: "what if it were blue?",
      },
      {
        line: "parley runs fork run_01kd5q7v4kz1x8m2c9r3w6t0an --mode replay",
        says: "does it still come to the same?",
      },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/run-forks.ts")).forkRun },
  },
  {
    path: ["runs", "diff"],
    purpose: "Compare the events and the states of two runs.",
    arguments: [
      { name: "A", describe: "Id of a run." },
      { name: "B", describe: "Id of the run to compare it with." },
    ],
    options: [],
    examples: [
      {
        line: "parley runs diff run_01kd5q7v4kz1x8m2c9r3w6t0an run_01kd5q8x2hv0t5j6y7n8b9m1ce",
        says: "where did they part?",
      },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/run-forks.ts")).diffRuns },
  },
];
