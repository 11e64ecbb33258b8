// Track: the record of a run that is played again, and how far the replay has come in it.
//
//   K1. What came from outside is read here: a node that waits for anything goes on with the events it had in the source,
//       as they were. What a node decides by itself is executed again.
//   K2. Positions count events without `replay.*`. The first event that differs from the source's at its position is
//       told once, before it (runs.md §14.4); the replay goes on.
//   K3. Time is the source's.

import { canonicalJson } from "#protocol/canonical.ts";
import type { RunError } from "#protocol/errors.ts";
import { isTerminalEvent, type RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { isCompensating } from "../compensation/state.ts";
import { type Draft, emit, place, type Track } from "../draft.ts";
import { completeRun, failRun } from "../ending.ts";
import type { GraphNode } from "../graph.ts";
import { failure, type NodeOutcome } from "../node-type.ts";
import { isOpen, type RunState } from "../state.ts";
import { type Copier, createCopier } from "./copy.ts";
import { headOf, passAttempt, passBeginning, type Tape, wasCutOff } from "./tape.ts";

export const SOURCE_MISSING = "replay_source_missing";

const UNDONE = "compensation.requested";

const WORKS: NodeOutcome = { kind: "wait", effects: [] };

export class RecordedRun implements Track {
  readonly #sourceRunId: string;
  readonly #copier: Copier;
  /** What the replay is held against, position by position. */
  readonly #line: readonly RunEvent[];
  readonly #nodes = new Map<string, Tape>();
  readonly #run: Tape = { events: [], at: 0 };
  /** How the source ended by itself; undefined: it was cancelled, or goes on. */
  readonly ending: RunEvent | undefined;
  /** How the source undid what it did, up to its end; nothing of it is decided anew. */
  readonly #undoing: RunEvent[] = [];
  #isUndoing: boolean;
  #position = 0;
  /** The last event was read from the record, not executed again. */
  #wasRead = false;
  #diverged = false;

  /** `historyIds`: of the source's events below the fork point; `recorded`: the ones from there on, payloads in clear. */
  constructor(draft: Draft, historyIds: readonly string[], recorded: readonly RunEvent[]) {
    const { runId, fork } = draft.state.start;
    this.#sourceRunId = fork?.sourceRunId ?? runId;
    this.#copier = createCopier(runId, this.#sourceRunId);
    for (const eventId of historyIds) this.#copier.note(eventId);
    this.#line = recorded.filter(({ type }) => !type.startsWith("replay."));
    const last = this.#line.at(-1);
    this.ending = last?.type === "run.completed" || last?.type === "run.failed" ? last : undefined;
    this.#isUndoing = isCompensating(draft.state);
    for (const event of this.#line) this.#keep(event);
  }

  #keep(event: RunEvent): void {
    if (event.type === UNDONE) this.#isUndoing = true;
    if (this.#isUndoing && !isTerminalEvent(event.type)) return void this.#undoing.push(event);
    if (event.type === "run.started" || isTerminalEvent(event.type)) return;
    const nodeId = ownerOf(event);
    if (nodeId === undefined) return isOutside(event) ? void this.#run.events.push(event) : undefined;
    // A node is cancelled by the end of the run, which comes about anew.
    if (event.type === "node.cancelled") return;
    const tape = this.#nodes.get(nodeId) ?? { events: [], at: 0 };
    tape.events.push(event);
    this.#nodes.set(nodeId, tape);
  }

  /** The event that begins the run, when the replay begins there. */
  get opening(): RunEvent | undefined {
    return this.#position === 0 && this.#line[0]?.type === "run.started" ? this.#line[0] : undefined;
  }

  /** The recorded event that comes next: the one of this position, else the earliest of what is open. */
  nextEvent(state: RunState): RunEvent | undefined {
    const here = this.#line[this.#position];
    if (here && this.#isNext(state, here)) return here;
    let earliest = this.#headOfRun();
    for (const nodeId of openNodes(state)) {
      const head = headOf(this.#nodes.get(nodeId));
      if (head && (!earliest || head.sequence < earliest.sequence)) earliest = head;
    }
    return earliest;
  }

  #isNext(state: RunState, event: RunEvent): boolean {
    const nodeId = ownerOf(event);
    if (nodeId === undefined) return this.#headOfRun() === event;
    return isOpen(state.nodes.get(nodeId)) && headOf(this.#nodes.get(nodeId)) === event;
  }

  /** Events of the run itself that the replay has come past were written by it. */
  #headOfRun(): RunEvent | undefined {
    const here = this.#line[this.#position]?.sequence ?? Number.POSITIVE_INFINITY;
    let head = headOf(this.#run);
    while (head && head.sequence < here) {
      this.#run.at += 1;
      head = headOf(this.#run);
    }
    return head;
  }

  /** Whether the recorded event of this very position can be written now. */
  isAtNext(state: RunState): boolean {
    const here = this.#line[this.#position];
    return here !== undefined && this.#isNext(state, here);
  }

  /** Whether the source ends here by what one of its nodes, or the clock, came to. */
  get isAtEnd(): boolean {
    const type = this.#line[this.#position]?.type;
    const ends = type === "node.cancelled" || type === UNDONE || type === this.ending?.type;
    return this.ending !== undefined && ends;
  }

  /** As {@link isAtEnd}, and what ended the source was read from the record: whether it finished the run stands there. */
  get isReadEnd(): boolean {
    return this.#wasRead && this.isAtEnd;
  }

  /** Ends the run as the source ended: nodes that still work are cancelled first. */
  end(draft: Draft): void {
    const { type, payload = {}, causationId } = this.ending ?? {};
    const { outputs = {}, reason, error, failedNodeId } = payload as unknown as RecordedEnd;
    if (causationId !== undefined) draft.causedBy = this.#copier.causeOf(causationId);
    if (type === "run.completed") completeRun(draft, outputs, reason);
    else failRun(draft, error, failedNodeId);
  }

  undo(draft: Draft): void {
    for (const event of this.#undoing.splice(0)) this.#write(draft, event);
  }

  /** Writes a recorded event as it was, and what its node wrote with it in one go. */
  play(draft: Draft, event: RunEvent): void {
    const nodeId = ownerOf(event);
    const tape = nodeId === undefined ? this.#run : this.#nodes.get(nodeId);
    if (tape && headOf(tape) === event) tape.at += 1;
    this.#write(draft, event);
    if (tape && nodeId !== undefined) this.#playOn(draft, tape);
  }

  #write(draft: Draft, event: RunEvent): void {
    const { type, payload } = event;
    this.#compare(draft, { type, payload, eventId: this.#copier.idOf(event.eventId) });
    this.#setTime(draft, event);
    this.#wasRead = true;
    place(draft, { ...this.#copier.copy(event, draft.state.lastSequence + 1), timestamp: draft.timestamp });
  }

  next(draft: Draft, type: string, payload: JsonObject): string | undefined {
    if (type.startsWith("replay.")) return undefined;
    const here = this.#line[this.#position];
    const original = here?.type === type && !this.#diverged ? here.eventId : undefined;
    // What follows from it in the record follows from this one here.
    if (original !== undefined) this.#copier.note(original);
    const eventId = original === undefined ? draft.ids.next("evt") : this.#copier.idOf(original);
    this.#compare(draft, { type, payload, eventId });
    this.#wasRead = false;
    return eventId;
  }

  placed(draft: Draft): void {
    const here = this.#line[this.#position];
    if (here) this.#setTime(draft, here);
  }

  outcomeOf(draft: Draft, node: GraphNode, attempt: number, outcome: NodeOutcome): NodeOutcome {
    const nodeId = node.definition.id;
    const tape = this.#nodes.get(nodeId);
    const isRecorded = tape !== undefined && passBeginning(tape, attempt);
    if (isPure(outcome) && !(isRecorded && wasCutOff(tape))) {
      if (tape) passAttempt(tape);
      return outcome;
    }
    if (!isRecorded) return outcome.kind === "sleep" ? WORKS : missing(this.#sourceRunId, nodeId, attempt);
    this.#playOn(draft, tape);
    // What follows in this pass would come after the end.
    if (this.isReadEnd) this.end(draft);
    return WORKS;
  }

  /** What stands right behind the event of this node that was written last, and is the same node's. */
  #playOn(draft: Draft, tape: Tape): void {
    let before = tape.events[tape.at - 1];
    for (;;) {
      const head = headOf(tape);
      if (!before || !head || head.sequence !== before.sequence + 1 || head.type === "node.started") return;
      tape.at += 1;
      this.#write(draft, head);
      before = head;
    }
  }

  #setTime(draft: Draft, { timestamp }: RunEvent): void {
    draft.nowMs = Math.max(draft.nowMs, Date.parse(timestamp));
    draft.timestamp = new Date(draft.nowMs).toISOString();
  }

  /** Tells the first difference (K2), and goes one position on. */
  #compare(draft: Draft, { type, payload, eventId }: Pick<RunEvent, "type" | "payload" | "eventId">): void {
    const original = this.#line[this.#position];
    const kind = this.#diverged ? undefined : divergence(original, type, payload);
    if (kind !== undefined) {
      this.#diverged = true;
      emit(draft, "replay.diverged", {
        sourceRunId: this.#sourceRunId,
        atSequence: original?.sequence ?? (this.#line.at(-1)?.sequence ?? -1) + 1,
        divergenceKind: kind,
        divergencePoint: type,
        ...(original && { originalEventId: original.eventId }),
        replayEventId: eventId,
      });
    }
    this.#position += 1;
  }
}

/** Payload of `run.completed` or `run.failed`. */
interface RecordedEnd {
  outputs?: JsonObject;
  reason?: string;
  error: RunError;
  failedNodeId?: string;
}

/** It came to an end by itself, and tells nobody: a reply is for people, and was given. */
function isPure(outcome: NodeOutcome): boolean {
  if (outcome.recorded) return false;
  if (outcome.kind === "fail") return true;
  return (outcome.kind === "complete" || outcome.kind === "finish") && outcome.reply === undefined;
}

type Divergence = "output" | "missing" | "extra" | "type-mismatch";

function divergence(original: RunEvent | undefined, type: string, payload: JsonObject): Divergence | undefined {
  if (!original) return "extra";
  if (original.type !== type) {
    if (isTerminalEvent(type)) return "missing";
    return isTerminalEvent(original.type) ? "extra" : "type-mismatch";
  }
  return comparable(payload) === comparable(original.payload) ? undefined : "output";
}

/** A duration is what the wall clock measured, the run id is the run's own. */
function comparable({ runId: _own, durationMs: _measured, ...facts }: JsonObject): string {
  return canonicalJson(facts);
}

const outside: ReadonlySet<string> = new Set([
  "workflow.restored",
  "run.paused",
  "run.resumed",
  "run.resuming",
  "parley.trigger.fired",
]);

/** What befell the run from outside; its other events come about anew. */
function isOutside({ type, payload }: RunEvent): boolean {
  if (type === "cap.breached") return payload.kind !== "node-executions";
  return outside.has(type) || type.startsWith("parley.run.");
}

/** Whose event it is: a node's, or (undefined) the run's own. */
function ownerOf({ nodeId, payload }: RunEvent): string | undefined {
  if (nodeId !== undefined) return nodeId;
  return typeof payload.nodeId === "string" && payload.nodeId !== "" ? payload.nodeId : undefined;
}

export function openNodes(state: RunState): string[] {
  return [...state.nodes.keys()].filter((nodeId) => isOpen(state.nodes.get(nodeId)));
}

export function missing(sourceRunId: string, nodeId: string, attempt: number): NodeOutcome {
  const message = `Run ${sourceRunId} recorded no outcome of attempt ${attempt} of node ${nodeId}.`;
  return failure(SOURCE_MISSING, message, { sourceRunId, nodeId, attempt });
}
