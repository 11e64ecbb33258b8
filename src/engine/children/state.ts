// What a run knows of the runs below it. Folded from its own log (evolve.ts).

import type { JsonObject } from "#protocol/json.ts";
import type { RunStatus, TerminalStatus } from "#protocol/status.ts";

/** A run that was started from here. */
export interface ChildRun {
  runId: string;
  /** As far as it was told; a run that works tells nothing before it waits or ends. */
  status: RunStatus;
}

/** The child that a node waits for. */
export interface ChildWait {
  runId: string;
  workflowId: string;
  /** The latest hand-over event of this child: what the next one follows from. */
  eventId?: string;
  /** It was created, and the log says so. */
  begun: boolean;
  /** The child's own position when its status was told last; what is older comes late. */
  toldSequence: number;
}

/** How a child run ended, as its last commit tells the parent. */
export interface ChildEnd {
  childRunId: string;
  workflowId: string;
  status: TerminalStatus;
  outputs: JsonObject;
  /** Values of the variables that the parent asked for; one without a value is not there. */
  variables?: JsonObject;
  /** Which of them the child keeps out of its log. */
  sensitive?: string[];
  /** The agent that its document names. */
  agentId?: string;
  error?: { code: string; message: string };
}
