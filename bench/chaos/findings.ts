// What the checks found wrong.

export type FindingKind =
  /** Something acknowledged is gone or never came to its end. */
  | "lost"
  /** Something happened twice. */
  | "duplicated"
  /** Any other broken promise: gaps in a log, two winners, a store that doctor complains about. */
  | "broken";

export interface Finding {
  kind: FindingKind;
  message: string;
}

export class Findings {
  readonly list: Finding[] = [];

  lost(message: string): void {
    this.list.push({ kind: "lost", message });
  }

  duplicated(message: string): void {
    this.list.push({ kind: "duplicated", message });
  }

  broken(message: string): void {
    this.list.push({ kind: "broken", message });
  }

  count(kind: FindingKind): number {
    return this.list.filter((finding) => finding.kind === kind).length;
  }
}
