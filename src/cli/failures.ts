// How a command can fail, and the exit code of each way (operations.md §15).

/** The exit codes are a contract: scripts branch on them. */
export const exitCodes = {
  completed: 0,
  failed: 1,
  invalid: 2,
  suspended: 3,
  cancelled: 4,
  unreachable: 5,
  unanswered: 6,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitMeanings: Readonly<Record<ExitCode, string>> = {
  0: "done; a run completed",
  1: "failed",
  2: "wrong usage or invalid input",
  3: "the run is suspended and nobody is at the terminal to answer",
  4: "the run was cancelled, or the turn stopped",
  5: "the daemon is not reachable",
  6: "no answer came in time; the daemon goes on with it",
};

/** The command line itself is wrong. */
export class UsageError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}

/** Something that is needed is not there, or the outcome did not come. */
export class CommandError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = "CommandError";
    this.hint = hint;
  }
}

/** What was asked is with the daemon, and its answer did not come in time. */
export class Unanswered extends CommandError {
  constructor(message: string, hint?: string) {
    super(message, hint);
    this.name = "Unanswered";
  }
}

/** The error envelope of the wire. */
export interface Envelope {
  error: string;
  message: string;
  details?: Readonly<Record<string, unknown>>;
}

/** The daemon answered, and the answer was no. */
export class ApiError extends Error {
  readonly status: number;
  readonly envelope: Envelope;
  constructor(status: number, envelope: Envelope) {
    super(envelope.message);
    this.name = "ApiError";
    this.status = status;
    this.envelope = envelope;
  }
}

/** Nobody answers where the daemon should be. */
export class Unreachable extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "Unreachable";
    this.hint = hint;
  }
}

/** The exit code a failure ends the command with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.invalid;
  if (error instanceof Unreachable) return exitCodes.unreachable;
  if (error instanceof Unanswered) return exitCodes.unanswered;
  if (error instanceof ApiError) {
    const invalid = error.status === 400 || error.envelope.error === "validation_error";
    return invalid ? exitCodes.invalid : exitCodes.failed;
  }
  return exitCodes.failed;
}
