// Models of a daemon: the one of the configuration serves at the start, another one as soon as it is set.

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createModelRegistry, type ModelRegistry, ModelSettings, type ProviderFactory } from "#app/models.ts";
import { createProvider } from "#models/registry.ts";
import { testCall } from "#models/test-call.ts";
import type { Config } from "#platform/config/schema.ts";
import { prepareModelChange } from "#platform/config/write.ts";
import { type Home, HomeUnusableError } from "#platform/home.ts";
import { replaceKey } from "#platform/key.ts";
import type { Masker } from "#platform/masking.ts";
import { createSecretStore } from "#platform/secrets.ts";
import type { Logger } from "#ports/logger.ts";

export interface ModelInputs {
  config: Config;
  configFile: string;
  home: Home;
  logger: Logger;
  masker: Masker;
}

export interface WiredModels {
  registry: ModelRegistry;
  settings: ModelSettings;
}

export function modelsOf({ config, configFile, home, logger, masker }: ModelInputs): WiredModels {
  const secrets = createSecretStore({ env: process.env, homeDir: home.root, masker, logger });
  const registry = createModelRegistry(providerOf, secrets);
  registry.set("default", config.models.default);
  const settings = new ModelSettings({
    registry,
    createProvider: providerOf,
    testCall,
    secrets,
    mask: (credential) => void masker.add("model-key", credential),
    masked: (text) => masker.mask(text),
    prepareConfig: (setting) => prepareModelChange(configFile, setting),
    storeKey: (file, key) => storeKey(join(home.root, file), key),
  });
  return { registry, settings };
}

const providerOf: ProviderFactory = (setting, secrets) =>
  createProvider(setting, { readKey: (ref) => secrets.resolve(ref) });

/** The key in a file of its own, 0600 in a folder of 0700. Throws HomeUnusableError; then nothing is changed. */
function storeKey(path: string, key: string): () => void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new HomeUnusableError(folder, `cannot be made (${(error as NodeJS.ErrnoException).code})`, error);
  }
  const before = readIfThere(path);
  replaceKey(path, key);
  return () => (before === undefined ? rmSync(path, { force: true }) : replaceKey(path, before));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
