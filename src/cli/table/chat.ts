// The chat command.

import type { Command } from "../command.ts";

export const chatCommands: readonly Command[] = [
  {
    path: ["chat"],
    purpose: "Talk with the assistant in this terminal.",
    more: [
      "The conversation is a thread; it goes on where it stopped, also after a restart. Messages that others write in the same thread are shown. /exit or Ctrl-D leaves, /help lists what else there is.",
      "--once sends one message, waits for its answer and prints the answer alone. It survives a restart of the daemon in the middle: the message is never doubled, and the answer is printed once.",
    ],
    arguments: [],
    options: [
      {
        name: "once",
        form: "text",
        value: "TEXT",
        describe: "Send this, print the answer, end. - reads the text from stdin.",
      },
      { name: "thread", form: "text", value: "ID", describe: 'The conversation; default "cli".' },
      { name: "timeout", form: "text", value: "SECONDS", describe: "How long to wait for an answer; default 120." },
    ],
    examples: [
      { line: "parley chat", says: "a conversation" },
      { line: 'parley chat --once "What can you do?"', says: "one question, for scripts" },
      { line: "git diff | parley chat --once - --thread review", says: "a text from another program" },
    ],
    exits: [0, 1, 2, 3, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/chat.ts")).chat },
  },
];
