// Pieces of a stream: what an event, an annotation or a snapshot looks like to the readers of one run with the same
// modes, made once for all of them.

import { shownAnnotation } from "#app/annotations.ts";
import type { AnnotationRow } from "#ports/rows/annotations.ts";
import { isTerminalEvent } from "#protocol/events.ts";
import type { FeedItem } from "#runtime/feed.ts";
import type { Snapshotter } from "./snapshots.ts";
import { forcesFlush, frame, type Shown, type StreamMode, show, typeOf } from "./stream-modes.ts";

export interface Piece {
  /** Undefined: it has no place in the log, and is told only to those who listen now. */
  sequence: number | undefined;
  shown: Shown[];
  /** All frames of the event, ready to send. */
  bytes: Buffer;
  flush: boolean;
  terminal: boolean;
}

/** Of one event; `snapshotter` in the mode `values`, and then it is folded along. */
export function eventPiece(
  line: string,
  sequence: number,
  modes: readonly StreamMode[],
  snapshotter: Snapshotter | undefined,
): Piece {
  const type = typeOf(line);
  const shown = snapshotter ? snapshotter.after(line, sequence, type) : show(line, type, modes);
  return pieceOf(sequence, shown, { terminal: isTerminalEvent(type), flush: forcesFlush(type) });
}

/** What was folded so far, in the place of the last event. */
export function snapshotPiece(snapshotter: Snapshotter): Piece {
  const { sequence, terminal } = snapshotter.last();
  return pieceOf(sequence, [snapshotter.now()], { terminal, flush: true });
}

/** Of what is heard while it happens; of some things a run's streams show nothing. */
export function livePieces(
  item: FeedItem,
  modes: readonly StreamMode[],
  snapshotter: Snapshotter | undefined,
): Piece[] {
  if (item.kind === "events") {
    return item.lines.map((line, offset) => eventPiece(line, item.firstSequence + offset, modes, snapshotter));
  }
  if (item.kind !== "annotation") return [];
  const shown = snapshotter ? [snapshotter.now()] : annotated(item.annotation, modes);
  return shown.length > 0 ? [pieceOf(undefined, shown, { terminal: false, flush: false })] : [];
}

/** `run.annotated`, the live notification (streams-webhooks.md §6). */
function annotated(row: AnnotationRow, modes: readonly StreamMode[]): Shown[] {
  const mode = modes.find((candidate) => candidate === "updates" || candidate === "debug");
  if (mode === undefined) return [];
  const annotation = shownAnnotation(row);
  const type = "run.annotated";
  const json = JSON.stringify({
    eventId: `annotation:${row.annotationId}`,
    runId: row.runId,
    type,
    timestamp: annotation.createdAt,
    payload: annotation,
  });
  return [{ name: modes.length === 1 ? type : mode, json }];
}

function pieceOf(
  sequence: number | undefined,
  shown: Shown[],
  { terminal, flush }: Pick<Piece, "terminal" | "flush">,
): Piece {
  const bytes = Buffer.from(shown.map(({ name, json }) => frame(sequence, name, json)).join(""));
  return { sequence, shown, bytes, terminal, flush };
}
