// Logger: what operators read. Not a record: what must not be lost is an event.

export interface Logger {
  /**
   * One line. `fields` are facts in JSON form (ids under their wire names: `runId`, `threadId`; errors under `error`,
   * as Error objects); `message` is a fixed text without values in it, so that repetitions can be collapsed.
   *
   * Never throws and never waits; a line below the configured level costs next to nothing. Credentials are masked
   * before anything is written, but do not belong into `fields` in the first place.
   */
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger that adds `fields` to each of its lines; a line's own fields win. */
  child(fields: object): Logger;
}
