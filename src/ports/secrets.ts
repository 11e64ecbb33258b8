// SecretStore: turns a reference into the credential it names, at the last moment before it is used.

/** Where a secret is found. A configuration holds references only, never values. */
export type SecretRef =
  /** Name of an environment variable of the daemon. */
  | { env: string }
  /** Path of a file that holds nothing else; relative paths start at the home. One line break at the end is dropped. */
  | { file: string };

/** `missing`: no such variable or file. `empty`: it holds nothing. `unreadable`: it exists and cannot be read. */
export type SecretFailure = "missing" | "empty" | "unreadable";

/** A secret that cannot be had. The message names the reference and what to do, never the value. */
export class SecretError extends Error {
  readonly ref: SecretRef;
  readonly failure: SecretFailure;
  constructor(ref: SecretRef, failure: SecretFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SecretError";
    this.ref = ref;
    this.failure = failure;
  }
}

export interface SecretStore {
  /**
   * The value that `ref` names now: a changed file or a rotated key is seen by the next call, so callers keep the
   * reference and ask again rather than keep the value. Every value given out is masked from then on wherever text is
   * written (log, store).
   *
   * Errors: {@link SecretError}; an operator must act, repeating at once does not help.
   */
  resolve(ref: SecretRef): Promise<string>;
}
