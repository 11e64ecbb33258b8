// Commands about schedules, and about runs that used up their retries.

import type { ArgumentSpec, Command } from "../command.ts";
import { limit } from "./runs.ts";

const schedule: ArgumentSpec = { name: "SCHEDULE", describe: "Id of a schedule; parley schedules list shows them." };
const EXAMPLE_ID = "sch_82783cbbc8705f496130c52d37";
const run: ArgumentSpec = { name: "RUN", describe: "Id of the run that failed." };
const EXAMPLE_RUN = "run_01kd5q7v4kz1x8m2c9r3w6t0an";

const common = { options: [], exits: [0, 1, 2, 5], speaks: true } as const;

export const scheduleCommands: readonly Command[] = [
  {
    ...common,
    path: ["schedules", "list"],
    purpose: "List what starts runs by the clock.",
    arguments: [],
    options: [{ name: "workflow", form: "text", value: "WORKFLOW", describe: "Only those of this workflow." }, limit],
    examples: [{ line: "parley schedules list", says: "what runs by itself, and when next?" }],
    carrier: { by: "cli", load: async () => (await import("../commands/schedules.ts")).listSchedules },
  },
  {
    ...common,
    path: ["schedules", "show"],
    purpose: "Show a schedule and what became of its latest slots.",
    arguments: [schedule],
    examples: [{ line: `parley schedules show ${EXAMPLE_ID}`, says: "did it run last night?" }],
    carrier: { by: "cli", load: async () => (await import("../commands/schedules.ts")).showSchedule },
  },
  {
    ...common,
    path: ["schedules", "pause"],
    purpose: "Skip the slots of a schedule until it is resumed.",
    arguments: [schedule],
    examples: [{ line: `parley schedules pause ${EXAMPLE_ID}`, says: "not during the holidays" }],
    carrier: { by: "cli", load: async () => (await import("../commands/schedules.ts")).pauseSchedule },
  },
  {
    ...common,
    path: ["schedules", "resume"],
    purpose: "Let a schedule go on with its next slot.",
    arguments: [schedule],
    examples: [{ line: `parley schedules resume ${EXAMPLE_ID}`, says: "what was skipped is not made up for" }],
    carrier: { by: "cli", load: async () => (await import("../commands/schedules.ts")).resumeSchedule },
  },
  {
    ...common,
    path: ["schedules", "run"],
    purpose: "Start a run now, as the schedule would.",
    more: ["Its slots stay as they are: the next one runs too."],
    arguments: [schedule],
    examples: [{ line: `parley schedules run ${EXAMPLE_ID}`, says: "try it" }],
    carrier: { by: "cli", load: async () => (await import("../commands/schedules.ts")).runSchedule },
  },
];

export const deadLetterCommands: readonly Command[] = [
  {
    ...common,
    path: ["dead-letters", "list"],
    purpose: "List runs that failed after every retry, the newest first.",
    arguments: [],
    options: [limit],
    examples: [{ line: "parley dead-letters list", says: "what is broken?" }],
    carrier: { by: "cli", load: async () => (await import("../commands/dead-letters.ts")).listDeadLetters },
  },
  {
    ...common,
    path: ["dead-letters", "show"],
    purpose: "Show the dead letter of a run.",
    arguments: [run],
    examples: [{ line: `parley dead-letters show ${EXAMPLE_RUN}`, says: "why, and until when it is kept" }],
    carrier: { by: "cli", load: async () => (await import("../commands/dead-letters.ts")).showDeadLetter },
  },
  {
    ...common,
    path: ["dead-letters", "redrive"],
    purpose: "Try a dead run again, from the node that failed.",
    more: ["It goes on as a new run, a branch of the dead one, which stays as it is."],
    arguments: [run],
    examples: [{ line: `parley dead-letters redrive ${EXAMPLE_RUN}`, says: "the receiver is back" }],
    carrier: { by: "cli", load: async () => (await import("../commands/dead-letters.ts")).redriveDeadLetter },
  },
];
