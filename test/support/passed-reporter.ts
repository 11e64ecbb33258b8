// Reporter of the test runner: one line per case that passed, `FILE > SUITE > CASE`, the file relative to the repository.

import path from "node:path";
import type { TestEvent } from "node:test/reporters";
import { repoRoot } from "./paths.ts";

export default async function* passed(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  /** Names of the suites around a case, per file, by their depth. */
  const open = new Map<string, string[]>();
  for await (const event of source) {
    if (event.type !== "test:start" && event.type !== "test:pass") continue;
    const { file = "", name, nesting } = event.data;
    const names = open.get(file) ?? [];
    open.set(file, names);
    names.length = nesting;
    names[nesting] = name;
    if (event.type === "test:start" || isSkipped(event.data)) continue;
    yield `${[path.relative(repoRoot, file), ...names].join(" > ")}\n`;
  }
}

function isSkipped(data: { skip?: string | boolean; todo?: string | boolean }): boolean {
  return data.skip !== undefined || data.todo !== undefined;
}
