// What the harness asked for and what it was told: the other half of the books. The checks compare it with the daemon's.

import type { Scenario } from "./workflows.ts";

/** One intended run. Its tag is unique, so that an unacknowledged one can be found too. */
export interface RunIntent {
  tag: string;
  scenario: Scenario;
  /** Sent as Idempotency-Key; without it the request is never repeated once its outcome is unclear. */
  key: string | undefined;
  /** A runId per acknowledgement; all must be the same. */
  acknowledged: string[];
}

/** One intended chat message. */
export interface MessageIntent {
  threadId: string;
  text: string;
  clientMessageId: string | undefined;
  acknowledged: { messageId: string; runId: string; duplicate: boolean }[];
}

/** All tries to answer one question. */
export interface AnswerIntent {
  interruptId: string;
  runId: string;
  nodeId: string;
  tries: { comment: string /** HTTP status; undefined when the line broke. */; status: number | undefined }[];
}

export class Ledger {
  readonly runs: RunIntent[] = [];
  readonly messages: MessageIntent[] = [];
  readonly answers = new Map<string, AnswerIntent>();
  /** When the daemon was killed, epoch ms. */
  readonly killedAtMs: number[] = [];
  /** Things that must not be, noticed while the load ran. */
  readonly noticed: string[] = [];

  answerTo(interruptId: string, runId: string, nodeId: string): AnswerIntent {
    const known = this.answers.get(interruptId) ?? { interruptId, runId, nodeId, tries: [] };
    this.answers.set(interruptId, known);
    return known;
  }
}
