// Commands about agents, threads, and the way of a message.

import type { Command } from "../command.ts";
import type { OptionSpec } from "../options.ts";

const page: readonly OptionSpec[] = [
  { name: "limit", form: "text", value: "N", describe: "How many at most; default 20." },
  { name: "cursor", form: "text", value: "CURSOR", describe: "Go on after the page that named this cursor." },
];

export const agentCommands: readonly Command[] = [
  {
    path: ["agents", "list"],
    purpose: "List the agents, as a tree of who may hand work to whom.",
    more: [
      "PROMPT is the beginning of the hash of the prompt that is in use. Files of the roster that cannot be used are named on stderr; the exit code is 1 then. --json prints one object: {roster, problems}.",
    ],
    arguments: [],
    options: [],
    examples: [{ line: "parley agents list", says: "who is there?" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/agents.ts")).listAgents },
  },
  {
    path: ["agents", "show"],
    purpose: "Show one agent: role, model, tools, versions.",
    arguments: [{ name: "AGENT", describe: "Its id; chief is short for host:chief." }],
    options: [],
    examples: [{ line: "parley agents show chief", says: "what may it do?" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/agents.ts")).showAgent },
  },
];

export const threadCommands: readonly Command[] = [
  {
    path: ["threads", "list"],
    purpose: "List the conversations, the latest first.",
    more: ["--json prints the page as one object: {threads, nextCursor}."],
    arguments: [],
    options: page,
    examples: [{ line: "parley threads list --limit 5", says: "where did we talk lately?" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/threads.ts")).listThreads },
  },
  {
    path: ["threads", "show"],
    purpose: "Print the messages of a conversation.",
    more: [
      "The newest page, oldest message first; the cursor leads to older ones. --json prints the page as one object: {messages, nextCursor}.",
    ],
    arguments: [{ name: "THREAD", describe: "Id of the thread." }],
    options: page,
    examples: [{ line: "parley threads show cli --limit 50", says: "what was said?" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/threads.ts")).showThread },
  },
  {
    path: ["trace"],
    purpose: "Show where a message is: received, stored, worked on, sent.",
    more: ["One line per step: the time (UTC), how long after the first, and what happened. --json prints one object."],
    arguments: [{ name: "MESSAGE", describe: "Id of a message; for an answer the message it answers is traced." }],
    options: [],
    examples: [{ line: "parley trace msg_01kd5q7v4kz1x8m2c9r3w6t0an", says: "why is there no answer?" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/trace.ts")).trace },
  },
];
