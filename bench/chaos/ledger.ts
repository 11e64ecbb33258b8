// What the harness asked for and what it was told: the other half of the books. The checks compare it with the daemon's.

import { isDeepStrictEqual } from "node:util";
import type { Scenario } from "./scenario.ts";

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

/** One intended fork. Its request is repeated under its key until it is answered. */
export interface ForkIntent {
  key: string;
  sourceRunId: string;
  mode: "branch" | "replay";
  /** Absent where the request leaves it out: 0. */
  fromSeq?: number;
  /** How much of the source's log was seen before it was asked for, in events. */
  seenEvents: number;
  /** The source had come to its end by then. */
  sourceEnded: boolean;
  /** A runId per acknowledgement; all must be the same. */
  acknowledged: string[];
}

/** What was said to one question of a conversation. */
export interface TalkIntent {
  interruptId: string;
  runId: string;
  nodeId: string;
  turns: { key: string; content: string; isAcknowledged: boolean }[];
  /** Acknowledged closings. */
  closed: number;
}

/** Pauses and resumptions of one run that were acknowledged, by key. */
export interface PauseIntent {
  paused: Set<string>;
  resumed: Set<string>;
}

/** What became of a slot of the schedule, as its daemon told. */
export interface ToldSlot {
  scheduledAt: string;
  /** Skipped slots in a row: the last of them. */
  throughAt?: string;
  outcome: string;
  runId?: string;
}

export class Ledger {
  readonly runs: RunIntent[] = [];
  readonly forks: ForkIntent[] = [];
  readonly messages: MessageIntent[] = [];
  readonly answers = new Map<string, AnswerIntent>();
  readonly talks = new Map<string, TalkIntent>();
  readonly pauses = new Map<string, PauseIntent>();
  /** By scheduled time, every telling that differs from those before. */
  readonly slots = new Map<string, ToldSlot[]>();
  /** When the daemon was killed, epoch ms. */
  readonly killedAtMs: number[] = [];
  /** Things that must not be, noticed while the load ran. */
  readonly noticed: string[] = [];

  answerTo(interruptId: string, runId: string, nodeId: string): AnswerIntent {
    const known = this.answers.get(interruptId) ?? { interruptId, runId, nodeId, tries: [] };
    this.answers.set(interruptId, known);
    return known;
  }

  pausesOf(runId: string): PauseIntent {
    const known = this.pauses.get(runId) ?? { paused: new Set(), resumed: new Set() };
    this.pauses.set(runId, known);
    return known;
  }

  noteSlot(slot: ToldSlot): void {
    const told = this.slots.get(slot.scheduledAt) ?? [];
    if (!told.some((one) => isDeepStrictEqual(one, slot))) told.push(slot);
    this.slots.set(slot.scheduledAt, told);
  }
}
