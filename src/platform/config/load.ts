// Loads the configuration: file, then environment, then the rules that no schema can say.
//
//   L1. Loading writes nothing, so a refused start leaves no trace.
//   L2. All problems are told at once; one problem is enough to refuse.
//   L3. The environment wins over the file. A wrong value in the file is refused all the same.

import { statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import schema from "../../../config/parley.schema.json" with { type: "json" };
import { isKeyText, KEY_TEXT_RULE } from "../key.ts";
import { allowedText, type Checked, check, type SchemaNode } from "./check.ts";
import {
  ConfigError,
  type ConfigProblem,
  type ConfigWarning,
  type Path,
  type Place,
  problem,
  shown,
} from "./problems.ts";
import { connectorProblems, isLoopback, metricsProblems } from "./rules.ts";
import type { Config, ConfigFile } from "./schema.ts";
import { readYamlFile } from "./yaml.ts";

export interface ConfigSources {
  env: Readonly<Record<string, string | undefined>>;
  /** The home; its `parley.yaml` is the file unless `PARLEY_CONFIG` names another. */
  homeDir: string;
}

export interface LoadedConfig {
  config: Config;
  warnings: ConfigWarning[];
  /** The file that was read; undefined: there is none, the defaults hold. */
  file: string | undefined;
}

/** Throws {@link ConfigError} with every problem. */
export async function loadConfig({ env, homeDir }: ConfigSources): Promise<LoadedConfig> {
  const named = setting(env, "PARLEY_CONFIG");
  const file = named === undefined ? join(homeDir, "parley.yaml") : resolve(named);
  const yaml = await readYamlFile(file);
  if (yaml === undefined && named !== undefined) {
    throw new ConfigError([
      problem({ file: ENVIRONMENT }, "PARLEY_CONFIG", { value: shown(file), says: "does not exist" }),
    ]);
  }
  const placeOfPath = (path: Path): Place => ({ file, line: yaml?.lineOf(path) });
  const checked = check(root, yaml?.value ?? {}, placeOfPath);
  const fromFile = checked.value as ConfigFile;
  const isSound = (section: keyof ConfigFile) => isUntouched(section, checked.problems);
  const server = serverFromEnv(env);
  const host = server.value.host ?? (isSound("server") ? fromFile.server.host : undefined);
  const testing = testingFromEnv(env, host);
  const problems = [
    ...checked.problems,
    ...(isSound("connectors") ? connectorProblems(fromFile, placeOfPath) : []),
    ...(isSound("metrics") ? metricsProblems(fromFile, host, placeOfPath) : []),
    ...server.problems,
    ...testing.problems,
    ...keyProblems(env),
  ];
  if (problems.length > 0) throw new ConfigError(problems, checked.warnings);
  return {
    config: { ...fromFile, server: { ...fromFile.server, ...server.value }, testing: testing.value },
    warnings: checked.warnings,
    file: yaml === undefined ? undefined : file,
  };
}

/** No problem lies in this section, so that its values can be looked at together. */
function isUntouched(section: string, problems: readonly ConfigProblem[]): boolean {
  return problems.every(({ path }) => path !== "" && path.split(/[.[]/)[0] !== section);
}

const root = schema as unknown as SchemaNode;
const ENVIRONMENT = "environment";

/** An empty variable counts as not set, as shells and unit files write it. */
function setting(env: ConfigSources["env"], name: string): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

interface FromEnv<Value> {
  value: Value;
  problems: ConfigProblem[];
}

function serverFromEnv(env: ConfigSources["env"]): FromEnv<Partial<ConfigFile["server"]>> {
  const host = setting(env, "PARLEY_HOST");
  const portText = setting(env, "PARLEY_PORT");
  const port = portText !== undefined && /^\d{1,5}$/.test(portText) ? Number(portText) : portText;
  const nodes = root.properties?.server?.properties ?? {};
  const checks: [string, SchemaNode | undefined, unknown][] = [
    ["PARLEY_HOST", nodes.host, host],
    ["PARLEY_PORT", nodes.port, port],
  ];
  const problems = checks.flatMap(([name, node, value]) => {
    if (node === undefined || value === undefined) return [];
    const { problems: wrong }: Checked = check(node, value, () => ({ file: ENVIRONMENT }));
    if (wrong.length === 0) return [];
    return [
      problem({ file: ENVIRONMENT }, name, { value: shown(value), allowed: allowedText(node), says: "is not allowed" }),
    ];
  });
  const value = { ...(host === undefined ? {} : { host }), ...(typeof port === "number" ? { port } : {}) };
  return { value, problems };
}

/** The key itself is no part of the configuration, but a wrong one must stop the start before anything is written. */
function keyProblems(env: ConfigSources["env"]): ConfigProblem[] {
  const key = setting(env, "PARLEY_API_KEY");
  if (key === undefined || isKeyText(key)) return [];
  const says = "the value is not allowed, and not shown because it is a secret";
  return [problem({ file: ENVIRONMENT }, "PARLEY_API_KEY", { says, allowed: KEY_TEXT_RULE })];
}

/** `host`: undefined when it is wrong already. */
function testingFromEnv(env: ConfigSources["env"], host: string | undefined): FromEnv<Config["testing"]> {
  const seams = setting(env, "PARLEY_TEST_SEAMS");
  const fixtures = setting(env, "PARLEY_FIXTURES");
  const problems: ConfigProblem[] = [];
  const refuse = (name: string, value: string, says: string, allowed?: string) =>
    problems.push(
      problem({ file: ENVIRONMENT }, name, {
        value: shown(value),
        says,
        ...(allowed === undefined ? {} : { allowed }),
      }),
    );
  if (seams !== undefined && seams !== "0" && seams !== "1") {
    refuse("PARLEY_TEST_SEAMS", seams, "is not allowed", "1 (on), 0 (off)");
  }
  if (fixtures !== undefined && !isFolder(fixtures)) refuse("PARLEY_FIXTURES", fixtures, "is not a folder");
  if (host !== undefined && !isLoopback(host)) {
    const says = `is refused while parley listens on ${host}: it opens the daemon to tests, so it needs a loopback host`;
    if (seams === "1") refuse("PARLEY_TEST_SEAMS", seams, says);
    if (fixtures !== undefined) refuse("PARLEY_FIXTURES", fixtures, says);
  }
  const value = {
    seams: seams === "1",
    ...(fixtures === undefined ? {} : { fixturesDir: isAbsolute(fixtures) ? fixtures : resolve(fixtures) }),
  };
  return { value, problems };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
