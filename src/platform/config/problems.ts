// What can be wrong with a configuration, and how it is told.

/** A value that stops the start. */
export interface ConfigProblem {
  /** File, or `environment`. */
  file: string;
  /** From 1; absent when the place has no line. */
  line?: number;
  /** Key path (`server.port`, `connectors[0].id`) or name of an environment variable; empty: the whole file. */
  path: string;
  /** The given value as JSON text, cut; absent when there is none or it may be secret. */
  value?: string;
  /** The allowed values in words. */
  allowed?: string;
  /** The whole story in one line. */
  message: string;
}

/** Something the start survives. */
export interface ConfigWarning {
  file: string;
  line?: number;
  path: string;
  /** Full path of the key that was probably meant. */
  suggestion?: string;
  message: string;
}

/** The configuration cannot be used. Nothing was written. A daemon ends with exit code 2. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  /** Worth telling too: a misspelt key is often why another one is missing. */
  readonly warnings: readonly ConfigWarning[];
  constructor(problems: readonly ConfigProblem[], warnings: readonly ConfigWarning[] = []) {
    super(problems.map((problem) => problem.message).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
    this.warnings = warnings;
  }
}

/** Where something was found. */
export interface Place {
  file: string;
  line?: number | undefined;
}

export type Path = readonly (string | number)[];

/** `["connectors", 0, "id"]` → `connectors[0].id` */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** A value as messages show it: JSON, on one line, cut, without the credentials an address may carry. */
export function shown(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replace(/\/\/[^@"\s]*@/g, "//…@");
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}
const MAX_SHOWN_CHARACTERS = 80;

export function problem(
  place: Place,
  path: string,
  facts: { value?: string; allowed?: string; says: string },
): ConfigProblem {
  const { says, ...rest } = facts;
  const allowed = facts.allowed === undefined ? "" : `; allowed: ${facts.allowed}`;
  const subject = [facts.value, says].filter((part) => part !== undefined).join(" ");
  const where = path === "" ? "" : `${path}: `;
  return { ...placeOf(place), path, ...rest, message: `${placeText(place)}: ${where}${subject}${allowed}` };
}

export function placeOf({ file, line }: Place): { file: string; line?: number } {
  return line === undefined ? { file } : { file, line };
}

export function placeText({ file, line }: Place): string {
  return line === undefined ? file : `${file}:${line}`;
}
