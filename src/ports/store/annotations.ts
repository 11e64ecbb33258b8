// Reads of annotations (rows/annotations.ts).

import type { AnnotationRow } from "../rows/annotations.ts";

export interface AnnotationReads {
  /** Of one run, oldest first. */
  listAnnotations(runId: string, limit: number): Promise<AnnotationRow[]>;
}
