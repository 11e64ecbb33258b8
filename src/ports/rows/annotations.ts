// Annotations: what people and agents say of a run, beside its log (streams-webhooks.md §6). Append only.

import type { annotationSignals } from "#protocol/annotations.ts";

export interface AnnotationRow {
  annotationId: string;
  runId: string;
  tenantId: string;
  /** Narrower than the run. */
  eventId?: string;
  nodeId?: string;
  signal: { kind: (typeof annotationSignals)[number]; rating?: number; label?: string; correction?: string };
  note?: string;
  principalRef: string;
  createdMs: number;
}

export type AnnotationOp = { op: "putAnnotation"; annotation: AnnotationRow };
