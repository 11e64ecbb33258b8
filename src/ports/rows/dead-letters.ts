// Rows of dead letters: runs that failed for good after every retry (runs.md §12.2), until they are purged.

export interface DeadLetterRow {
  runId: string;
  tenantId: string;
  workflowId: string;
  nodeId: string;
  /** Holds no content of the run. */
  reason: string;
  /** Tries in all. */
  attempts: number;
  atMs: number;
}

export type DeadLetterOp =
  | { op: "putDeadLetter"; letter: DeadLetterRow }
  /**
   * Removes a run that has ended and everything of it: its log, its rows, its contents, its dead letter. Messages of a
   * thread stay with their texts.
   */
  | { op: "purgeRun"; runId: string };
