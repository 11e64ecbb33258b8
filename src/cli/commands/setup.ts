// parley setup: which language model answers. Tried before it is kept.

import type { ModelList, ModelTested, SetModel } from "#protocol/models.ts";
import type { Handler, Invocation } from "../command.ts";
import { CommandError, exitCodes } from "../failures.ts";
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
    const wanted = form ? await askAll(call, form) : await readAll(call);
    const tested = await tryOut(call, wanted, form);
    const now = await call.client.put<ModelList>(`${BASE}/default`, wanted);
    showEnd(call, now, tested);
    return exitCodes.completed;
  } finally {
    form?.close();
  }
};

async function readAll(call: Invocation): Promise<SetModel> {
  const setting = settingFromOptions(call);
  const apiKey = await keyFromOptions(call);
  return { ...setting, ...(apiKey !== undefined && { apiKey }) };
}

async function askAll(call: Invocation, form: Form): Promise<SetModel> {
  const { models } = await call.client.get<ModelList>(BASE);
  const setting = await askSetting(call, form, models.default);
  if (setting.provider === "scripted") return setting;
  const apiKey = (await keyFromOptions(call)) ?? (await form.askHidden(`key (not shown; Enter: ${NO_KEY})`));
  return { ...setting, ...(apiKey !== "" && { apiKey: checkedKey(apiKey, "the terminal") }) };
}

/** One tiny call. What does not answer is kept only when somebody insists. */
async function tryOut(
  { client, terminal, options }: Invocation,
  wanted: SetModel,
  form: Form | undefined,
): Promise<ModelTested | undefined> {
  if (options.flag("no-test")) return undefined;
  if (form) terminal.out("Trying it out …");
  const tested = await client.json<ModelTested>({
    method: "POST",
    path: `${BASE}/test`,
    body: wanted,
    repeatable: true,
  });
  if (tested.ok) return tested;
  const message = `The model did not answer: ${oneLine(tested.message)}`;
  if (form) {
    terminal.err(message);
    if (await form.confirm("Keep these settings all the same?")) return tested;
  }
  throw new CommandError(
    form ? "Nothing was changed." : message,
    form ? undefined : "Nothing was changed; --no-test keeps the settings untried.",
  );
}

function showEnd({ terminal, options }: Invocation, now: ModelList, tested: ModelTested | undefined): void {
  if (options.flag("json")) {
    terminal.json({ ...now, ...(tested && { test: tested }) });
    return;
  }
  if (tested?.ok) terminal.out(`The model answered within ${tested.latencyMs} ms.`);
  const { provider, model, hasKey } = now.models.default;
  const how = now.offline ? "a script, without a model" : `${provider} ${model}${hasKey ? "" : ", without a key"}`;
  terminal.out(`parley answers with ${oneLine(how)} from now on.`);
}
