// Commands about the daemon itself and its home.

import type { Command } from "../command.ts";

/** The launcher hands these to the daemon's own start-up code: they need a home at rest. */
export const daemonCommands: readonly Command[] = [
  {
    path: ["up"],
    purpose: "Start the daemon in the foreground.",
    more: [
      "The home is PARLEY_HOME (default ~/.parley); it is made at the first start. Its parley.yaml says what is not the default; PARLEY_CONFIG names another file. PARLEY_HOST and PARLEY_PORT win over the file, port 0 takes any free one. PARLEY_API_KEY is used in place of the key in the home. Ctrl-C or SIGTERM ends the daemon; accepted messages and runs go on at the next start.",
      "With --json one line says when it is ready: {event, url, pid, home, version, readyMs}.",
    ],
    arguments: [],
    options: [],
    examples: [
      { line: "parley up", says: "start with the home in ~/.parley" },
      {
        line: "PARLEY_HOME=/srv/parley PARLEY_PORT=0 parley up --json",
        says: "start for a script that waits for the address",
      },
    ],
    exits: [0, 1, 2],
    speaks: false,
    carrier: { by: "launcher" },
  },
  {
    path: ["doctor"],
    purpose: "Check the home, its files and its database, and say how to mend what is wrong.",
    more: ["Works with and without a running daemon. Exit code 1: something is wrong."],
    arguments: [],
    options: [{ name: "deep", form: "flag", describe: "Also read the whole database." }],
    examples: [{ line: "parley doctor --deep", says: "look at everything" }],
    exits: [0, 1, 2],
    speaks: false,
    carrier: { by: "launcher" },
  },
  {
    path: ["restore"],
    purpose: "Put a backup back in place of the home's database.",
    more: [
      "The daemon must not be running. What was there before is kept in data/backups. Messages that the backup had not sent yet are not sent by themselves: they may have been sent after it was made.",
    ],
    arguments: [{ name: "BACKUP", describe: "A file that parley backup made." }],
    options: [],
    examples: [{ line: "parley restore ~/.parley/data/backups/monday.db", says: "go back to Monday" }],
    exits: [0, 1, 2],
    speaks: false,
    carrier: { by: "launcher" },
  },
];

export const consoleCommands: readonly Command[] = [
  {
    path: ["open"],
    purpose: "Print a link that opens the console in a browser, signed in.",
    more: [
      "The link works once and for ten minutes: whoever opens it is signed in as the operator. A browser stays signed in for 30 days, or until it signs out or the key is rotated.",
    ],
    arguments: [],
    options: [],
    examples: [{ line: "parley open", says: "a link for the browser on this machine" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/open.ts")).open },
  },
];

export const keyCommands: readonly Command[] = [
  {
    path: ["key", "show"],
    purpose: "Print the API key that this command line uses.",
    more: ["PARLEY_API_KEY if it is set, else the key file of the home. Needs no running daemon."],
    arguments: [],
    options: [],
    examples: [
      { line: 'curl -H "Authorization: Bearer $(parley key show)" http://127.0.0.1:4747/v1/runs', says: "use the API" },
    ],
    exits: [0, 1, 2],
    speaks: false,
    carrier: { by: "cli", load: async () => (await import("../commands/key.ts")).showKey },
  },
  {
    path: ["key", "rotate"],
    purpose: "Make a new operator key; the old one stops working at once.",
    more: ["The daemon writes the new key into the home's key file. It is also printed."],
    arguments: [],
    options: [],
    examples: [{ line: "parley key rotate", says: "after the key was seen by somebody else" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/key.ts")).rotateKey },
  },
];

export const otherCommands: readonly Command[] = [
  {
    path: ["backup"],
    purpose: "Make a backup of the database while the daemon runs.",
    arguments: [
      {
        name: "PATH",
        optional: true,
        describe: "Where it goes, on the daemon's machine; default: data/backups of the home.",
      },
    ],
    options: [],
    examples: [{ line: "parley backup /mnt/safe/parley.db", says: "a copy on another disk" }],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/backup.ts")).backup },
  },
  {
    path: ["version"],
    purpose: "Print the version of this command, and of the running daemon.",
    arguments: [],
    options: [],
    examples: [{ line: "parley version --json", says: "for a bug report" }],
    exits: [0, 2],
    speaks: false,
    carrier: { by: "cli", load: async () => (await import("../commands/version.ts")).version },
  },
  {
    path: ["help"],
    purpose: "Show help, of everything or of one command.",
    arguments: [{ name: "COMMAND", optional: true, rest: true, describe: "The words of a command or of a group." }],
    options: [],
    examples: [{ line: "parley help runs list", says: "the same as parley runs list --help" }],
    exits: [0, 2],
    speaks: false,
    carrier: { by: "cli", load: async () => (await import("../commands/help.ts")).help },
  },
];
