// Somebody at a terminal: types, reads what the screen shows, types again.

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type { TestContext } from "node:test";
import { type CliOptions, cli, type Ended, makeHome } from "./cli.ts";
import { type Answerer, type Double, openDouble } from "./double.ts";
import { VirtualTerminal } from "./virtual-terminal.ts";

const DEADLINE_MS = 10_000;

export interface Person {
  /** What the terminal shows, from the top. */
  screen(): string;
  /** Waits until the screen shows this. */
  sees(what: string | RegExp): Promise<void>;
  /** Waits until something holds. */
  waitsUntil(holds: () => boolean, what: string): Promise<void>;
  /** Types without Enter. */
  types(text: string): void;
  /** Types a line. */
  enters(line: string): void;
  pressesCtrlC(): void;
  /** Makes the window wider or narrower. */
  resizes(columns: number): void;
  pressesCtrlD(): void;
  /** Resolves when the command has ended. */
  ended: Promise<Ended>;
}

export interface Sitting {
  args: string[];
  routes: Record<string, Answerer>;
  options?: Partial<CliOptions>;
}

/** Starts the command at a terminal, with a double in place of the daemon. */
export async function sitDown(t: TestContext, sitting: Sitting): Promise<Person & { daemon: Double }> {
  const daemon = await openDouble(t, sitting.routes);
  return Object.assign(sitAt(t, makeHome(t, daemon.url), sitting.args, sitting.options), { daemon });
}

/** Starts the command at a terminal of 60 columns and 20 rows, unless the options say otherwise. */
export function sitAt(t: TestContext, home: string, args: string[], options: Partial<CliOptions> = {}): Person {
  const stdin = new PassThrough();
  const { columns = 60, rows = 20 } = options;
  const terminal = new VirtualTerminal(columns, rows);
  let written = 0;
  let wake: (() => void) | undefined;
  const onOutput = (soFar: string) => {
    terminal.write(soFar.slice(written));
    written = soFar.length;
    wake?.();
  };
  let resize: (columns: number) => void = () => undefined;
  const onStart = (how: typeof resize) => {
    resize = how;
  };
  const host = { onStart, home, terminal: true, stdin, columns, rows, env: { NO_COLOR: "1" }, onOutput };
  const ended = cli(args, { ...host, ...options });
  t.after(() => stdin.end());

  async function waitsUntil(holds: () => boolean, what: string): Promise<void> {
    const endMs = Date.now() + DEADLINE_MS;
    while (!holds()) {
      assert.ok(Date.now() < endMs, `not within ${DEADLINE_MS} ms: ${what}. The screen:\n${terminal.text}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 50);
      });
    }
    // Nobody types in the middle of a write.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  return {
    screen: () => terminal.text,
    waitsUntil,
    sees: (what) => {
      const shown = () => (typeof what === "string" ? terminal.text.includes(what) : what.test(terminal.text));
      return waitsUntil(shown, `the screen shows ${what}`);
    },
    types: (text) => void stdin.write(text),
    enters: (line) => void stdin.write(`${line}\r`),
    resizes: (to) => {
      terminal.resize(to);
      resize(to);
    },
    pressesCtrlC: () => void stdin.write("\u0003"),
    pressesCtrlD: () => void stdin.write("\u0004"),
    ended,
  };
}
