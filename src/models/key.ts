// The API key of a call: asked for at the moment of use, checked before it goes anywhere.

/** Undefined: none is configured. May reject with the secret store's error. */
export type KeySource = () => Promise<string | undefined> | string | undefined;

/** What may stand in a header; whatever else a key file holds, it is no key. */
const KEY_CHARACTERS = /^[\x21-\x7e]+$/;

export type KeyOutcome = { outcome: "key"; key?: string } | { outcome: "unusable"; message: string };

/** `name`: the service, as people know it. The message never holds the key. */
export async function askForKey(source: KeySource, name: string): Promise<KeyOutcome> {
  let key: string | undefined;
  try {
    key = await source();
  } catch (error) {
    // The secret store's errors name the reference and what to do, never the value.
    const known = error instanceof Error && error.name === "SecretError";
    return { outcome: "unusable", message: known ? error.message : `The API key for ${name} could not be read.` };
  }
  if (key === undefined) return { outcome: "key" };
  if (KEY_CHARACTERS.test(key)) return { outcome: "key", key };
  const message = `The API key for ${name} is empty or holds a space, a line break or a character that no key has.`;
  return { outcome: "unusable", message };
}
