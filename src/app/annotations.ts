// Annotations: what people and agents say of a run, beside its log (streams-webhooks.md §6).
//
//   N1. Append only, in every state of the run; the run itself is not touched, and no fork takes them over.
//   N2. What looks like a credential is taken out before it is stored.

import { redactSecretShapes } from "#platform/secret-shapes.ts";
import type { AnnotationRow } from "#ports/rows/annotations.ts";
import type { Annotation, CreateAnnotation } from "#protocol/annotations.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, commitWithReceipt, underReceipt } from "./receipts.ts";
import { visibleRun } from "./visibility.ts";

/** The list is unpaged; nobody reads more. */
const MAX_LISTED = 10_000;

/** 201 with the annotation. Throws `validation_error`, `not_found`. */
export function annotateRun(deps: AppDeps, call: Call, runId: string, body: CreateAnnotation): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    await visibleRun(deps, call, runId);
    const annotation = annotationOf(deps, call, runId, body);
    const created = answer(201, shownAnnotation(annotation));
    await commitWithReceipt(deps, call, created, { rows: [{ op: "putAnnotation", annotation }] });
    const { annotationId, principalRef } = annotation;
    deps.logger.info({ runId, annotationId, principal: principalRef }, "a run was annotated");
    return created;
  });
}

/** All annotations of a run, oldest first. */
export async function listAnnotations(
  deps: AppDeps,
  call: Call,
  runId: string,
): Promise<{ annotations: Annotation[] }> {
  await visibleRun(deps, call, runId);
  return { annotations: await annotationsOf(deps, runId) };
}

export async function annotationsOf(deps: AppDeps, runId: string): Promise<Annotation[]> {
  return (await deps.store.listAnnotations(runId, MAX_LISTED)).map(shownAnnotation);
}

function annotationOf(deps: AppDeps, call: Call, runId: string, body: CreateAnnotation): AnnotationRow {
  const { target = {}, note } = body;
  return {
    annotationId: deps.ids.next("ann"),
    runId,
    tenantId: call.principal.tenantId,
    ...(target.eventId !== undefined && { eventId: target.eventId }),
    ...(target.nodeId !== undefined && { nodeId: target.nodeId }),
    signal: signalOf(body.signal),
    ...(note !== undefined && { note: redactSecretShapes(note) }),
    principalRef: call.principal.id,
    createdMs: deps.clock.nowMs(),
  };
}

/** Each kind but `flag` brings its own member; the schema has checked the types. */
function signalOf(signal: CreateAnnotation["signal"]): AnnotationRow["signal"] {
  const { kind, rating, label, correction } = signal;
  if (kind !== "flag" && signal[kind] === undefined) {
    const field = `signal.${kind}`;
    throw new ParleyError("validation_error", { field }, { message: `${field} is required for this kind.` });
  }
  return {
    kind,
    ...(rating !== undefined && { rating }),
    ...(label !== undefined && { label: redactSecretShapes(label) }),
    ...(correction !== undefined && { correction: redactSecretShapes(correction) }),
  };
}

/** As it goes over the wire. */
export function shownAnnotation(row: AnnotationRow): Annotation {
  const { annotationId, runId, eventId, nodeId, signal, note, principalRef, createdMs } = row;
  return {
    annotationId,
    target: { runId, ...(eventId !== undefined && { eventId }), ...(nodeId !== undefined && { nodeId }) },
    signal,
    actor: { principalRef },
    ...(note !== undefined && { note }),
    createdAt: new Date(createdMs).toISOString(),
  };
}
