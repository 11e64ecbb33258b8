// Commands about workflows, and about the questions that runs ask.

import type { ArgumentSpec, Command } from "../command.ts";
import { limit } from "./runs.ts";

const file: ArgumentSpec = {
  name: "FILE",
  describe: "A definition, YAML or JSON. Missing parts are filled in as for parley run.",
};

export const interruptCommands: readonly Command[] = [
  {
    path: ["interrupts", "list"],
    purpose: "List the questions that wait for an answer.",
    arguments: [],
    options: [{ name: "run", form: "text", value: "RUN", describe: "Only those of this run." }, limit],
    examples: [{ line: "parley interrupts list", says: "what is waiting for me?" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/interrupts.ts")).listInterrupts },
  },
  {
    path: ["interrupts", "answer"],
    purpose: "Answer the question of a run.",
    more: ["Give exactly one of --accept, --reject, --answer and --value."],
    arguments: [
      { name: "RUN", describe: "Id of the run." },
      { name: "NODE", describe: "Id of the node that asks." },
    ],
    options: [
      { name: "accept", form: "flag", describe: "Approve." },
      { name: "reject", form: "flag", describe: "Refuse." },
      { name: "feedback", form: "text", value: "TEXT", describe: "A word with --accept or --reject." },
      {
        name: "answer",
        form: "list",
        value: "ID=VALUE",
        describe: "Answer to the question with this id; values read as for --input of parley run.",
      },
      { name: "value", form: "text", value: "JSON", describe: "The whole answer, for any kind of question." },
    ],
    examples: [
      {
        line: 'parley interrupts answer run_01kd5q7v4kz1x8m2c9r3w6t0an gate --reject --feedback "not today"',
        says: "refuse",
      },
      {
        line: "parley interrupts answer run_01kd5q7v4kz1x8m2c9r3w6t0an ask --answer day=monday",
        says: "answer a question",
      },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/interrupts.ts")).answerInterrupt },
  },
];

export const workflowCommands: readonly Command[] = [
  {
    path: ["workflows", "list"],
    purpose: "List the registered workflows.",
    arguments: [],
    options: [],
    examples: [{ line: "parley workflows list", says: "what can I run?" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/workflows.ts")).listWorkflows },
  },
  {
    path: ["workflows", "show"],
    purpose: "Print the definition of a workflow.",
    arguments: [{ name: "WORKFLOW", describe: "Id of a registered workflow." }],
    options: [],
    examples: [{ line: "parley workflows show nightly-report > nightly-report.json", says: "a copy to edit" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/workflows.ts")).showWorkflow },
  },
  {
    path: ["workflows", "add"],
    purpose: "Register a workflow, or a new version of it.",
    more: ["Runs that are under way keep the version they started with."],
    arguments: [file],
    options: [],
    examples: [{ line: "parley workflows add ./nightly-report.yaml", says: "register" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/workflows.ts")).addWorkflow },
  },
  {
    path: ["workflows", "validate"],
    purpose: "Check a definition; nothing is stored.",
    arguments: [file],
    options: [],
    examples: [{ line: "parley workflows validate ./nightly-report.yaml", says: "before a commit" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/workflows.ts")).validateWorkflow },
  },
];
