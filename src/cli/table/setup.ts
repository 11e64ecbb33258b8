// Which language model answers.

import type { Command } from "../command.ts";

export const setupCommands: readonly Command[] = [
  {
    path: ["setup"],
    purpose: "Connect a language model: asks for it, tries it out, keeps it.",
    more: [
      "In a terminal it asks for what the options leave open. Elsewhere --provider is needed, and --model unless it is offline. The settings are tried with one tiny call and kept only when the model answers; they serve from the next message on, without a restart.",
      "The model's key is typed (and not shown), or comes from --key-env or --key-file. It is never taken as an argument and never printed; the daemon keeps it in a file that only its user can read. Without one the key that is set for the provider stays.",
    ],
    arguments: [],
    options: [
      {
        name: "provider",
        form: "text",
        value: "NAME",
        choices: ["openai", "openai-compatible", "anthropic", "offline"],
        describe: "openai (the same as openai-compatible), anthropic or offline.",
      },
      { name: "model", form: "text", value: "NAME", describe: "The model, as the provider calls it." },
      { name: "base-url", form: "text", value: "URL", describe: "Address of the provider's API, when it is another." },
      { name: "key-env", form: "text", value: "NAME", describe: "Environment variable that holds the model's key." },
      { name: "key-file", form: "text", value: "PATH", describe: "File that holds it; - reads stdin." },
      { name: "api-key", form: "text", value: "KEY", describe: "Refused, with the reason: others could see it." },
      { name: "no-test", form: "flag", describe: "Keep the settings without trying them." },
    ],
    examples: [
      { line: "parley setup", says: "step by step" },
      {
        line: "parley setup --provider anthropic --model claude-sonnet-4-5 --key-env ANTHROPIC_API_KEY",
        says: "from a script",
      },
      {
        line: "parley setup --provider openai-compatible --base-url http://127.0.0.1:11434/v1 --model llama3.2",
        says: "a model on this machine, without a key",
      },
    ],
    exits: [0, 1, 2, 5],
    speaks: true,
    carrier: { by: "cli", load: async () => (await import("../commands/setup.ts")).setup },
  },
];
