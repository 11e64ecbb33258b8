// Copies of events in the log of a fork: their own ids, the same facts.
//
//   C1. The id of a copy follows from the fork and the original, so that copying again after a crash gives the same.
//   C2. A cause that is an event of the copied log is named by the id of its copy; every other cause stays.
//   C3. Payloads stay as they are, but for the run's own id.

import { sha256Hex } from "#protocol/canonical.ts";
import type { RunEvent } from "#protocol/events.ts";

/** Copies events of one source, in order, into the log of one fork. */
export interface Copier {
  copy(event: RunEvent, sequence: number): RunEvent;
  /** The id that the copy of this event has. */
  idOf(eventId: string): string;
  /** What the copy of an event with this cause names as its own (C2). */
  causeOf(causationId: string): string;
  /** Names an event of the source whose copy stands in the fork, or will (C2). */
  note(eventId: string): void;
}

export function createCopier(runId: string, sourceRunId: string): Copier {
  const known = new Set<string>();
  const idOf = (eventId: string) => `evt_${sha256Hex(`fork\0${runId}\0${eventId}`).slice(0, 26)}`;
  const causeOf = (causationId: string) => (known.has(causationId) ? idOf(causationId) : causationId);
  return {
    idOf,
    causeOf,
    note: (eventId) => void known.add(eventId),
    copy(event, sequence) {
      const { causationId, payload } = event;
      known.add(event.eventId);
      return {
        ...event,
        eventId: idOf(event.eventId),
        runId,
        sequence,
        ...(causationId !== undefined && { causationId: causeOf(causationId) }),
        payload: payload.runId === sourceRunId ? { ...payload, runId } : payload,
      };
    },
  };
}
