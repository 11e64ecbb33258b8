// Who may come in, and the secrets that make it so.

import { randomBytes } from "node:crypto";
import { Authenticator } from "#app/authenticate.ts";
import { establishOperatorKey, type KeyDeps } from "#app/keys.ts";
import { Sessions } from "#app/sessions.ts";
import { mintKey, replaceKey } from "#platform/key.ts";
import type { Ids } from "#ports/ids.ts";
import type { Store } from "#ports/store.ts";
import type { WireInputs } from "./inputs.ts";

export interface Access {
  authenticator: Authenticator;
  keys: KeyDeps;
  sessions: Sessions;
  /** A fresh one-time link to the console; it is a credential. */
  consoleLink: () => string;
}

/** The operator's key is established, and sessions are ready to be opened. */
export async function accessOf(inputs: WireInputs, baseUrl: () => string): Promise<Access> {
  const { config, store, clock, key } = inputs;
  const authenticator = new Authenticator(store, clock, config.testing.seams);
  const keys = keyDepsOf(inputs, authenticator);
  await establishOperatorKey(keys, key.value, config.testing.seams ? "test" : "live");
  const sessions = await sessionsOf(inputs);
  return { authenticator, keys, sessions, consoleLink: () => `${baseUrl()}/#token=${sessions.openLink()}` };
}

/** A signing secret is made once and stays: what was signed with it survives restarts. */
export async function openSecret(store: Store, ids: Ids, name: string): Promise<string> {
  const value = randomBytes(32).toString("hex");
  await store.commit({
    commitId: ids.next("cmt"),
    guards: [{ guard: "secretAbsent", name }],
    appends: [],
    rows: [{ op: "putSecret", name, value }],
  });
  const secret = await store.readSecret(name);
  if (secret === undefined) throw new Error(`the secret ${name} could not be stored`);
  return secret;
}

/** Chosen with the home, and kept in its store: a copy of the home is the same host. */
export async function hostIdOf({ store, ids }: WireInputs): Promise<string> {
  return `parley-${(await openSecret(store, ids, "host-id")).slice(0, 16)}`;
}

async function sessionsOf({ store, clock, ids, masker }: WireInputs): Promise<Sessions> {
  const secret = await openSecret(store, ids, "console-sessions");
  const mask = (credential: string) => {
    masker.add("console-link", credential);
    return () => masker.remove(credential);
  };
  return new Sessions({ store, clock, ids, secret, randomBytes, mask });
}

function keyDepsOf(inputs: WireInputs, authenticator: Authenticator): KeyDeps {
  const { store, ids, clock, key, home } = inputs;
  return {
    store,
    ids,
    clock,
    authenticator,
    fromEnvironment: key.source === "environment",
    mint: mintKey,
    writeKeyFile: (fresh) => replaceKey(home.key, fresh),
  };
}
