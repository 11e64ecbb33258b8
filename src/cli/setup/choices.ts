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
  { name: "offline", provider: "scripted", about: "no model: an offline demonstration with prepared answers" },
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
  const baseUrl = checkedUrl(options.text("base-url"));
  if (choice.provider === "scripted") {
    if (baseUrl !== undefined) throw new UsageError("--base-url does not go with --provider offline.");
    return { provider: "scripted", model: options.text("model") ?? OFFLINE_MODEL };
  }
  const model = options.text("model");
  if (model === undefined) throw new UsageError(`--provider ${choice.name} needs --model NAME.`);
  return { provider: choice.provider, model, ...(baseUrl !== undefined && { baseUrl }) };
}

/**
 * Asks for what the options leave open; what serves now, or was entered before, is offered. Asked again, it asks for
 * all of it: what the options say may be what did not work.
 */
export async function askSetting(
  { options, terminal }: Invocation,
  form: Form,
  now: ModelList["models"]["default"] | Setting,
  isAgain: boolean,
): Promise<Setting> {
  const given = (name: string) => (isAgain ? undefined : options.text(name));
  const offered = now.provider === "scripted" ? 0 : choices.findIndex(({ provider }) => provider === now.provider);
  const choice = choiceOf(given("provider")) ?? (await askChoice(terminal, form, offered + 1));
  const { provider } = choice;
  if (provider === "scripted") return { provider, model: OFFLINE_MODEL };
  const same = now.provider === provider ? now : undefined;
  const baseUrl =
    checkedUrl(given("base-url")) ??
    (provider === "openai" ? await askUrl(terminal, form, same?.baseUrl) : same?.baseUrl);
  const model = given("model") ?? (await form.ask("model, as the provider calls it", same?.model));
  return { provider, model, ...(baseUrl !== undefined && { baseUrl }) };
}

/** `openai`, as the configuration says it, means the same as `openai-compatible`. */
function choiceOf(name: string | undefined): Choice | undefined {
  return choices.find((choice) => choice.name === name || (name === "openai" && choice.provider === name));
}

async function askChoice(terminal: Terminal, form: Form, offered: number): Promise<Choice> {
  terminal.out("Which language model shall answer?");
  const width = Math.max(...choices.map(({ name }) => name.length));
  for (const [index, { name, about }] of choices.entries()) {
    terminal.out(`  ${index + 1}  ${name.padEnd(width)}  ${about}`);
  }
  for (;;) {
    const said = await form.ask("number or name", String(offered));
    const choice = choices[Number(said) - 1] ?? choiceOf(said);
    if (choice) return choice;
    terminal.out(`There are 1 to ${choices.length}.`);
  }
}

/** The provider's own address is not kept: it may change with the provider's library. */
async function askUrl(terminal: Terminal, form: Form, now: string | undefined): Promise<string | undefined> {
  for (;;) {
    const said = await form.ask("base URL", now ?? OPENAI_URL);
    if (said === OPENAI_URL) return undefined;
    if (isWhole(said)) return said;
    terminal.out(WHOLE_URL);
  }
}

/** Credentials do not belong there either: they would stand in the configuration. */
const WHOLE_URL = "A base URL is a whole address without a key or a password in it, such as http://127.0.0.1:11434/v1.";

function isWhole(url: string): boolean {
  return /^https?:\/\/[^\s@]+$/.test(url) && URL.canParse(url);
}

function checkedUrl(url: string | undefined): string | undefined {
  if (url === undefined || isWhole(url)) return url;
  throw new UsageError(`${WHOLE_URL} --base-url is none.`);
}
