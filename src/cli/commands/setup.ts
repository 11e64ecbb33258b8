// parley setup: which language model answers. Tried before it is kept.

import type { ModelList, ModelTested, SetModel } from "#protocol/models.ts";
import type { Handler, Invocation } from "../command.ts";
import { CommandError, exitCodes, UsageError } from "../failures.ts";
import { askSetting, saysEnough, settingFromOptions } from "../setup/choices.ts";
import { Form } from "../setup/form.ts";
import { checkedKey, checkWay, keyFromOptions, refuseKeyArguments } from "../setup/secret.ts";
import { oneLine } from "../terminal.ts";

const BASE = "/v1/host/parley/models";
/** Servers of one's own that ask for no key are reached so. */
const NO_KEY = "none, or the one that is set already";

export const setup: Handler = async (call) => {
  refuseKeyArguments(call);
  checkWay(call);
  const { terminal, options, host } = call;
  const asks = terminal.interactive && !options.flag("json") && !saysEnough(call);
  const form = asks ? new Form(host, terminal) : undefined;
  try {
    const { wanted, tested } = form ? await askUntilKept(call, form) : await readAndTry(call);
    const now = await call.client.put<ModelList>(`${BASE}/default`, wanted);
    showEnd(call, now, tested);
    return exitCodes.completed;
  } finally {
    form?.close();
  }
};

interface Tried {
  wanted: SetModel;
  /** Undefined: nobody wanted to know. */
  tested: ModelTested | undefined;
}

/** What does not answer is not kept. */
async function readAndTry(call: Invocation): Promise<Tried> {
  const wanted = await readAll(call);
  const tested = await tryOut(call, wanted);
  if (!tested || tested.ok) return { wanted, tested };
  throw new CommandError(failureOf(tested), "Nothing was changed; --no-test keeps the settings untried.");
}

/** What does not answer is kept only when somebody insists; or it is entered again, as often as they like. */
async function askUntilKept(call: Invocation, form: Form): Promise<Tried> {
  const { terminal } = call;
  for (let wanted = await askAll(call, form, undefined); ; wanted = await askAll(call, form, wanted)) {
    if (!call.options.flag("no-test")) terminal.out("Trying it out …");
    const tested = await tryOut(call, wanted);
    if (!tested || tested.ok) return { wanted, tested };
    terminal.err(failureOf(tested));
    const next = await form.askWhatNow();
    if (next === "keep") return { wanted, tested };
    if (next === "leave") throw new CommandError("Nothing was changed.");
  }
}

function failureOf(tested: ModelTested): string {
  return `The model did not answer: ${oneLine(tested.message)}`;
}

async function readAll(call: Invocation): Promise<SetModel> {
  const setting = settingFromOptions(call);
  const apiKey = await keyFromOptions(call);
  return { ...setting, ...(apiKey !== undefined && { apiKey }) };
}

/** `before`: what was entered and did not work. */
async function askAll(call: Invocation, form: Form, before: SetModel | undefined): Promise<SetModel> {
  const offered = before ?? (await call.client.get<ModelList>(BASE)).models.default;
  const setting = await askSetting(call, form, offered, before !== undefined);
  if (setting.provider === "scripted") return setting;
  const apiKey = (before ? undefined : await keyFromOptions(call)) ?? (await askKey(call, form));
  return { ...setting, ...(apiKey !== "" && { apiKey }) };
}

async function askKey({ terminal }: Invocation, form: Form): Promise<string> {
  for (;;) {
    const entered = await form.askHidden(`key (not shown; Enter: ${NO_KEY})`);
    try {
      return entered === "" ? "" : checkedKey(entered, "the terminal");
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      terminal.err(error.message);
    }
  }
}

/** One tiny call. */
async function tryOut({ client, options }: Invocation, wanted: SetModel): Promise<ModelTested | undefined> {
  if (options.flag("no-test")) return undefined;
  return client.json<ModelTested>({ method: "POST", path: `${BASE}/test`, body: wanted, repeatable: true });
}

function showEnd({ terminal, options }: Invocation, now: ModelList, tested: ModelTested | undefined): void {
  if (options.flag("json")) {
    terminal.json({ ...now, ...(tested && { test: tested }) });
    return;
  }
  if (tested?.ok) terminal.out(`The model answered within ${tested.latencyMs} ms.`);
  const { provider, model, hasKey } = now.models.default;
  const how = now.offline
    ? "prepared answers, without a model,"
    : `${provider} ${model}${hasKey ? "" : ", without a key"}`;
  terminal.out(`parley answers with ${oneLine(how)} from now on.`);
}
