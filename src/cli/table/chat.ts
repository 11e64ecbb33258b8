// The chat command.

import type { Command } from "../command.ts";

export const chatCommands: readonly Command[] = [
  {
    path: ["chat"],
    purpose: "Talk with the assistant in this terminal.",
    more: [
      "The conversation is a thread; it goes on where it stopped, also after a restart. Messages that others write in the same thread are shown. A message that is entered while a turn runs waits for its turn. Ctrl-C stops the running turn, twice it leaves; so does Ctrl-D.",
      "When the assistant needs somebody's agreement, a card shows what it wants to do with its exact arguments; a approves, r REASON rejects, edit NAME=VALUE approves with one argument changed, later leaves it open. A question is answered by what is typed next. What is pasted is one message, sent with Enter. /help lists the commands: /status, /stop, /retry, /new, /agent, /trace, /approve, /reject, /edit, /answer, /quit.",
      "--once sends one message, waits for its answer and prints the answer alone. It survives a restart of the daemon in the middle: the message is never doubled, and the answer is printed once. It ends with 1 when the turn failed, 3 when it waits for a person (the question, and how to answer it, are printed), 4 when it was stopped, 6 when the answer did not come in time.",
      "With --json every event of the thread is one line: {event, data}. With --once and --json there is one object: the message that ended the turn, or the question that it waits with.",
    ],
    arguments: [],
    options: [
      {
        name: "once",
        form: "text",
        value: "TEXT",
        describe: "Send this, print the answer, end. - reads the text from stdin.",
      },
      { name: "agent", form: "text", value: "NAME", describe: "Whom to talk with; chief is short for host:chief." },
      { name: "thread", form: "text", value: "ID", describe: 'The conversation; default "cli".' },
      { name: "timeout", form: "text", value: "SECONDS", describe: "How long to wait for an answer; default 120." },
    ],
    examples: [
      { line: "parley chat", says: "a conversation" },
      { line: 'parley chat --once "What can you do?"', says: "one question, for scripts" },
      { line: 'parley chat --agent chief --once "Plan a picnic" --json', says: "another agent, for a program" },
      { line: "git diff | parley chat --once - --thread review", says: "a text from another program" },
    ],
    exits: [0, 1, 2, 3, 4, 5, 6],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/chat.ts")).chat },
  },
];
