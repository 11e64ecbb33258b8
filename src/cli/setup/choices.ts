// What can be set up, and how it is asked for.

import type { ModelList, SetModel } from "#protocol/models.ts";
import type { Invocation } from "../command.ts";
import { UsageError } from "../failures.ts";
import type { Terminal } from "../terminal.ts";
import type { Form } from "./form.ts";

type Provider = SetModel["provider"];

interface Choice {
  name: string;
  provider: Provider;
  about: string;
}

export const choices: readonly [Choice, ...Choice[]] = [
  {
    name: "openai-compatible",
    provider: "openai",
    about: "OpenAI, or a server that speaks its protocol (Ollama, vLLM)",
  },
  { name: "anthropic", provider: "anthropic", about: "Anthropic" },
  { name: "offline", provider: "scripted", about: "no model: parley answers from a script" },
];

const OFFLINE_MODEL = "offline";
const OPENAI_URL = "https://api.openai.com/v1";

/** A setting without its key. */
export type Setting = Omit<SetModel, "apiKey">;

/** Whether the options say enough to ask nothing. */
export function saysEnough({ options }: Invocation): boolean {
  const provider = options.text("provider");
  return provider === "offline" || (provider !== undefined && options.text("model") !== undefined);
}

/** The setting that the options spell. @throws UsageError when something is missing. */
export function settingFromOptions({ options }: Invocation): Setting {
  const choice = choiceOf(options.text("provider"));
  if (!choice) {
    throw new UsageError("parley setup needs --provider here: nobody is at the terminal.", "See: parley setup --help");
  }
  const baseUrl = options.text("base-url");
  if (choice.provider === "scripted") {
    if (baseUrl !== undefined) throw new UsageError("--base-url does not go with --provider offline.");
    return { provider: "scripted", model: options.text("model") ?? OFFLINE_MODEL };
  }
  const model = options.text("model");
  if (model === undefined) throw new UsageError(`--provider ${choice.name} needs --model NAME.`);
  return { provider: choice.provider, model, ...(baseUrl !== undefined && { baseUrl }) };
}

/** Asks for what the options leave open; what serves now is offered. */
export async function askSetting(
  { options, terminal }: Invocation,
  form: Form,
  now: ModelList["models"]["default"],
): Promise<Setting> {
  const choice = choiceOf(options.text("provider")) ?? (await askChoice(terminal, form));
  const { provider } = choice;
  if (provider === "scripted") return { provider, model: OFFLINE_MODEL };
  const same = now.provider === provider ? now : undefined;
  const baseUrl =
    options.text("base-url") ?? (provider === "openai" ? await askUrl(form, same?.baseUrl) : same?.baseUrl);
  const model = options.text("model") ?? (await form.ask("model, as the provider calls it", same?.model));
  return { provider, model, ...(baseUrl !== undefined && { baseUrl }) };
}

function choiceOf(name: string | undefined): Choice | undefined {
  return choices.find((choice) => choice.name === name);
}

async function askChoice(terminal: Terminal, form: Form): Promise<Choice> {
  terminal.out("Which language model shall answer?");
  const width = Math.max(...choices.map(({ name }) => name.length));
  for (const [index, { name, about }] of choices.entries()) {
    terminal.out(`  ${index + 1}  ${name.padEnd(width)}  ${about}`);
  }
  for (;;) {
    const said = await form.ask("number or name", "1");
    const choice = choices[Number(said) - 1] ?? choiceOf(said);
    if (choice) return choice;
    terminal.out(`There are 1 to ${choices.length}.`);
  }
}

/** The provider's own address is not kept: it may change with the provider's library. */
async function askUrl(form: Form, now: string | undefined): Promise<string | undefined> {
  const said = await form.ask("base URL", now ?? OPENAI_URL);
  return said === OPENAI_URL ? undefined : said;
}
