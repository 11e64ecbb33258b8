// From a configured model to the provider that answers for it.

import type { ModelProvider } from "#ports/model.ts";
import type { SecretRef } from "#ports/secrets.ts";
import type { ScriptedOptions } from "./scripted.ts";

/** One model of the configuration. */
export interface ModelChoice {
  provider: "scripted" | "openai" | "anthropic";
  /** The provider's name of it. */
  model: string;
  /** Another address than the vendor's own. */
  baseUrl?: string;
  /** Where the key is found; it is asked for at every call, so a changed one counts at once. */
  apiKey?: SecretRef;
}

export interface ProviderDeps {
  /** Rejects with SecretError; its message is shown. As in `SecretStore.resolve`. */
  readKey(ref: SecretRef): Promise<string>;
  /** For the offline model. */
  scripted?: ScriptedOptions;
}

/** Creating one costs nothing: what it needs is loaded with its first call. */
export function createProvider(choice: ModelChoice, { readKey, scripted }: ProviderDeps): ModelProvider {
  const { provider, baseUrl, apiKey: ref } = choice;
  const options = {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    apiKey: () => (ref === undefined ? undefined : readKey(ref)),
  };
  switch (provider) {
    case "scripted":
      return lazily(provider, async () => (await import("./scripted.ts")).createScriptedProvider(scripted));
    case "openai":
      return lazily(provider, async () => (await import("./openai.ts")).createOpenAiProvider(options));
    case "anthropic":
      return lazily(provider, async () => (await import("./anthropic.ts")).createAnthropicProvider(options));
  }
}

/** A daemon serves one of them: the others are not even read. */
function lazily(provider: string, load: () => Promise<ModelProvider>): ModelProvider {
  let loading: Promise<ModelProvider> | undefined;
  return {
    provider,
    async generate(request, onText, signal) {
      loading ??= load();
      return (await loading).generate(request, onText, signal);
    },
  };
}
