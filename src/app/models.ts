// Which language model serves, and changing it while parley runs.
//
//   alias     a configured model's name in workflows and agents; there is one, `default`
//   setting   what stands in the configuration: provider, model, address, where the key is found
//
//   E1. A change takes effect with the next model call; a call under way ends with the model it began with.
//   E2. An error changes nothing: not the file, not the key, not what serves.
//   E3. A key that comes in is masked before anything else happens to it, goes into a file of mode 0600 and into no
//       answer, log or error.

import { ConfigNotWritableError, type ModelSetting, type PreparedChange } from "#platform/config/write.ts";
import { HomeUnusableError } from "#platform/home.ts";
import type { ModelProvider } from "#ports/model.ts";
import type { SecretRef, SecretStore } from "#ports/secrets.ts";
import { ParleyError } from "#protocol/errors.ts";
import { type ModelList, type ModelTested, modelProviders, type SetModel } from "#protocol/models.ts";
import { Mailboxes } from "#runtime/mailboxes.ts";

/** What serves under an alias. */
export interface ServingModel {
  provider: ModelProvider;
  /** The provider's name of it. */
  model: string;
  setting: ModelSetting;
}

/** Makes a provider for a setting. It asks `secrets` for the key at each call. */
export type ProviderFactory = (setting: ModelSetting, secrets: SecretStore) => ModelProvider;

/** One tiny call. `signal` is its deadline; that it passes is a result, too. */
export type TestCall = (provider: ModelProvider, model: string, signal: AbortSignal) => Promise<ModelTested>;

/** The models that serve, by alias. */
export interface ModelRegistry {
  current(alias: string): ServingModel | undefined;
  /** Replaces what serves under the alias, from the next call on. */
  set(alias: string, setting: ModelSetting): void;
}

export function createModelRegistry(createProvider: ProviderFactory, secrets: SecretStore): ModelRegistry {
  const serving = new Map<string, ServingModel>();
  return {
    current: (alias) => serving.get(alias),
    set(alias, setting) {
      const provider = createProvider(setting, secrets);
      serving.set(alias, { provider, model: setting.model, setting });
    },
  };
}

export interface ModelSettingsDeps {
  registry: ModelRegistry;
  createProvider: ProviderFactory;
  testCall: TestCall;
  secrets: SecretStore;
  /** Keeps a credential out of every log and row from now on. */
  mask: (credential: string) => void;
  /** The text without any credential that is known. */
  masked: (text: string) => string;
  /** Prepares the change of the configuration file. Throws when it cannot be changed. */
  prepareConfig: (setting: ModelSetting) => Promise<PreparedChange>;
  /** Stores a key in a file below the home; the returned function puts back what was there. */
  storeKey: (file: string, key: string) => () => void;
}

const DEFAULT_ALIAS = "default";
const OFFLINE = modelProviders[0];
const TEST_DEADLINE_MS = 15_000;
/** Changes that may wait for the one under way. */
const MAX_WAITING_CHANGES = 8;

/** The use cases of the `models` routes. */
export class ModelSettings {
  readonly #deps: ModelSettingsDeps;
  readonly #changes = new Mailboxes(MAX_WAITING_CHANGES);

  constructor(deps: ModelSettingsDeps) {
    this.#deps = deps;
  }

  async list(): Promise<ModelList> {
    const { provider, model, baseUrl, apiKey } = this.#current();
    const hasKey = apiKey !== undefined && (await canRead(this.#deps.secrets, apiKey));
    const shown = { provider, model, ...(baseUrl !== undefined && { baseUrl }), hasKey };
    return { models: { default: shown }, offline: provider === OFFLINE };
  }

  /** Sets the default model: key file, configuration file, then what serves. Throws `validation_error`, `conflict`. */
  set(wanted: SetModel): Promise<ModelList> {
    if (wanted.apiKey !== undefined) this.#deps.mask(wanted.apiKey);
    checkWanted(wanted);
    return this.#changes.run(DEFAULT_ALIAS, () => this.#change(wanted));
  }

  async #change(wanted: SetModel): Promise<ModelList> {
    const { registry, storeKey, prepareConfig } = this.#deps;
    const ref = wanted.apiKey === undefined ? this.#keptKey(wanted) : { file: keyFileOf(wanted.provider) };
    const setting = settingOf(wanted, ref);
    const config = await prepareConfig(setting).catch(asConflict);
    const { apiKey } = wanted;
    const restoreKey = attempt(
      () => (apiKey === undefined ? undefined : storeKey(keyFileOf(wanted.provider), apiKey)),
      config.discard,
    );
    attempt(config.apply, () => restoreKey?.());
    registry.set(DEFAULT_ALIAS, setting);
    return this.list();
  }

  /** One tiny call with what was given; nothing of it is kept. */
  async test(wanted: SetModel): Promise<ModelTested> {
    const { apiKey } = wanted;
    if (apiKey !== undefined) this.#deps.mask(apiKey);
    checkWanted(wanted);
    const { createProvider, testCall, masked } = this.#deps;
    // A key that is only tried is read from memory; the reference is the one it would get.
    const secrets = apiKey === undefined ? this.#deps.secrets : { resolve: async () => apiKey };
    const ref = apiKey === undefined ? this.#keptKey(wanted) : { file: keyFileOf(wanted.provider) };
    const provider = createProvider(settingOf(wanted, ref), secrets);
    const { ok, message, latencyMs } = await testCall(provider, wanted.model, AbortSignal.timeout(TEST_DEADLINE_MS));
    return { ok, message: masked(message), latencyMs };
  }

  #current(): ModelSetting {
    const serving = this.#deps.registry.current(DEFAULT_ALIAS);
    if (!serving) throw new Error("no default model is wired");
    return serving.setting;
  }

  /** Who sets the same provider at the same address without a key means the one that is there; it goes nowhere else. */
  #keptKey({ provider, baseUrl }: SetModel): SecretRef | undefined {
    const now = this.#current();
    return provider === now.provider && baseUrl === now.baseUrl ? now.apiKey : undefined;
  }
}

/** Where the key of a provider lies, below the home. */
function keyFileOf(provider: string): string {
  return `secrets/${provider}.key`;
}

/** What no schema says. */
function checkWanted({ provider, baseUrl, apiKey }: SetModel): void {
  if (baseUrl !== undefined && !URL.canParse(baseUrl)) throw refused("baseUrl", "baseUrl is not a complete address.");
  if (provider !== OFFLINE) return;
  if (apiKey !== undefined) throw refused("apiKey", "The built-in model needs no key.");
  if (baseUrl !== undefined) throw refused("baseUrl", "The built-in model has no address.");
}

function refused(field: string, message: string): ParleyError {
  return new ParleyError("validation_error", { field }, { message });
}

function settingOf({ provider, model, baseUrl }: SetModel, apiKey: SecretRef | undefined): ModelSetting {
  return { provider, model, ...(baseUrl !== undefined && { baseUrl }), ...(apiKey !== undefined && { apiKey }) };
}

function canRead(secrets: SecretStore, ref: SecretRef): Promise<boolean> {
  return secrets.resolve(ref).then(
    () => true,
    () => false,
  );
}

/** What the file system refuses is for the operator to mend; the messages name files, never values. */
function asConflict(error: unknown): never {
  const isKnown = error instanceof ConfigNotWritableError || error instanceof HomeUnusableError;
  if (!isKnown) throw error;
  throw new ParleyError("conflict", { reason: "not_writable" }, { message: error.message, cause: error });
}

function attempt<T>(step: () => T, undo: () => void): T {
  try {
    return step();
  } catch (error) {
    undo();
    return asConflict(error);
  }
}
