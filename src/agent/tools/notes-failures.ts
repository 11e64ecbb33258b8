// What becomes of a call when the workspace cannot do it.

import type { ToolOutcome } from "#ports/tools.ts";
import { WorkspaceError } from "../workspace/files.ts";

/**
 * The outcome of a call that ended with `error`. Certainly nothing happened when the workspace says so; any other word
 * of the file system came after the change. Rethrows what is neither: an abort, or a mistake of ours. `what`: what
 * could not be done, the beginning of a sentence.
 */
export function failedByWorkspace(what: string, error: unknown): ToolOutcome {
  if (error instanceof WorkspaceError) return { outcome: "failed", message: `${what}: ${error.message}.` };
  if (error instanceof Error && "syscall" in error) return { outcome: "interrupted" };
  throw error;
}
