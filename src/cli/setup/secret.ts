// Where the model's key comes from: an environment variable, a file, stdin. Never from the command line itself, which
// other users and the history of the shell can see. No message shows any part of a key.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Invocation } from "../command.ts";
import { CommandError, UsageError } from "../failures.ts";
import { isLoopback } from "../home.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What the daemon takes: visible ASCII. */
const KEY = /^[\x21-\x7e]{8,512}$/;
/** Keys that parley itself makes. */
const OWN_KEY = /^pk_/;

/** Refuses keys that were put on the command line. */
export function refuseKeyArguments({ options }: Invocation): void {
  const own = options.text("key");
  // Somebody who writes --key sk-… means the model's key: it must not be sent as ours.
  const foreign = own !== undefined && !OWN_KEY.test(own) && /^(sk|key|api)[-_]/i.test(own);
  if (options.text("api-key") === undefined && !foreign) return;
  throw new UsageError(
    "The model's key is not taken on the command line: other users and your shell's history could see it.",
    "Give it as --key-env NAME, --key-file PATH, --key-file - (stdin), or type it when you are asked. Consider this one seen.",
  );
}

/** The key that the options name; undefined when they name none. */
export async function keyFromOptions({ options, host }: Invocation): Promise<string | undefined> {
  const name = options.text("key-env");
  const file = options.text("key-file");
  if (name !== undefined && file !== undefined) throw new UsageError("Give --key-env or --key-file, not both.");
  if (name !== undefined) return checkedKey(fromEnvironment(name, host.env), `the variable ${shown(name)}`);
  if (file === "-") return checkedKey(await text(host.stdin), "stdin");
  if (file === undefined) return undefined;
  return checkedKey(await fromFile(resolve(host.cwd, file)), file);
}

/** Somebody may have put the key itself where its name belongs. */
function shown(name: string): string {
  return NAME.test(name) && name.length <= 64 ? name : "that --key-env names";
}

function fromEnvironment(name: string, env: Readonly<Record<string, string | undefined>>): string {
  if (!NAME.test(name)) throw new UsageError("--key-env needs the name of an environment variable.");
  const value = env[name];
  if (value === undefined || value === "") throw new UsageError("The variable that --key-env names is not set.");
  return value;
}

async function fromFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new CommandError(`The file that --key-file names cannot be read (${(error as { code?: string }).code}).`);
  }
}

/** The key without spaces around it. @throws UsageError when it cannot be one. */
export function checkedKey(key: string, from: string): string {
  const trimmed = key.trim();
  if (KEY.test(trimmed)) return trimmed;
  throw new UsageError(`What came from ${from} is no key: 8 to 512 visible characters on one line.`);
}

/** A key travels to this machine, or encrypted. */
export function checkWay({ options }: Invocation): void {
  const url = options.text("url");
  if (url === undefined || !URL.canParse(url)) return;
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || isLoopback(hostname)) return;
  throw new UsageError("The key would travel to another machine unencrypted.", "Use an https:// address with --url.");
}
