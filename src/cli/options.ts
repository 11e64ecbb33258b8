// Options: what one is, and those of one call, read by name.

import { UsageError } from "./failures.ts";

/** An option. The same name has the same form in every command, so that it may stand anywhere in the line. */
export interface OptionSpec {
  name: string;
  /** `flag` is there or not; `text` takes a value; `list` takes a value and may be repeated. */
  form: "flag" | "text" | "list";
  short?: string;
  /** Placeholder of the value in help: `N`, `NAME=VALUE`. */
  value?: string;
  describe: string;
  /** The only values that are accepted. */
  choices?: readonly string[];
}

export class Options {
  readonly #given: ReadonlyMap<string, readonly string[]>;

  /** Values by option name, in the order they were given; a flag has one empty value. */
  constructor(given: ReadonlyMap<string, readonly string[]>) {
    this.#given = given;
  }

  flag(name: string): boolean {
    return this.#given.has(name);
  }

  text(name: string): string | undefined {
    return this.#given.get(name)?.at(-1);
  }

  list(name: string): readonly string[] {
    return this.#given.get(name) ?? [];
  }

  /** A whole number within the bounds, or the default when the option is absent. */
  count(name: string, bounds: { least: number; most: number; otherwise: number }): number {
    const text = this.text(name);
    if (text === undefined) return bounds.otherwise;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= bounds.least && value <= bounds.most) return value;
    throw new UsageError(`--${name} must be a whole number from ${bounds.least} to ${bounds.most}, not "${text}".`);
  }
}

/** Refuses a value that is not among the choices of its option. */
export function checkChoice(spec: OptionSpec, value: string): void {
  if (!spec.choices || spec.choices.includes(value)) return;
  throw new UsageError(`--${spec.name} must be one of ${spec.choices.join(", ")}, not "${value}".`);
}
