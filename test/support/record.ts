// What the suite has seen of a host: routes with their answers, and event types. Kept only when the coverage report asks
// for it (`PARLEY_RECORD` names a folder); one file per test process, written at its end.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface Seen {
  /** `GET /v1/runs/run_1 200`, without the query. */
  answers: string[];
  eventTypes: string[];
}

const folder = process.env.PARLEY_RECORD;
const answers = new Set<string>();
const eventTypes = new Set<string>();

export function noteAnswer(method: string, url: string | URL, status: number): void {
  if (folder === undefined) return;
  answers.add(`${method} ${new URL(url).pathname} ${status}`);
}

export function noteEventType(type: string): void {
  if (folder !== undefined) eventTypes.add(type);
}

if (folder !== undefined) {
  process.once("exit", () => {
    const seen: Seen = { answers: [...answers], eventTypes: [...eventTypes] };
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${process.pid}.json`), JSON.stringify(seen));
  });
}
