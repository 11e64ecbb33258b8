// parley key show, parley key rotate

import { join } from "node:path";
import type { Handler } from "../command.ts";
import { exitCodes } from "../failures.ts";
import { findKey, homeOf, keyOf } from "../home.ts";

export const showKey: Handler = async ({ terminal, host, options }) => {
  const home = homeOf(host);
  const key = keyOf(host, home);
  const from = findKey(host, home)?.from === "PARLEY_API_KEY" ? "PARLEY_API_KEY" : join(home, "key");
  if (options.flag("json")) terminal.json({ key, from });
  else terminal.out(key);
  return exitCodes.completed;
};

export const rotateKey: Handler = async ({ terminal, host, options, client }) => {
  // Not repeatable: when the answer is lost the old key is dead, and the new one stands in the home's file.
  const path = "/v1/host/parley/admin/keys/rotate";
  const rotated = await client.json<{ keyId: string; key: string }>({ method: "POST", path, repeatable: false });
  if (options.flag("json")) {
    terminal.json(rotated);
    return exitCodes.completed;
  }
  terminal.out(rotated.key);
  terminal.err(`${rotated.keyId} is the key from now on; the old one no longer works.`);
  const fixed = options.text("key") === undefined ? host.env.PARLEY_API_KEY && "PARLEY_API_KEY" : "--key";
  if (fixed) terminal.err(`${fixed} still holds the old key: change it.`);
  return exitCodes.completed;
};
