// The contract of `Store` (src/ports/store.ts), as tests that every implementation passes.

import { describe } from "node:test";
import type { OpenStore } from "./store-builders.ts";
import { commitContract } from "./store-commits.ts";
import { dueContract } from "./store-due.ts";
import { guardContract } from "./store-guards.ts";
import { lastingContract } from "./store-lasting.ts";
import { listenerContract } from "./store-listeners.ts";
import { listContract } from "./store-lists.ts";
import { rowContract } from "./store-rows.ts";
import { threadContract } from "./store-threads.ts";

export type { OpenedStore, OpenStore, StoreTestOptions } from "./store-builders.ts";

/** `open` gives a fresh, empty store every time. */
export function storeContract(name: string, open: OpenStore): void {
  describe(`store contract: ${name}`, () => {
    describe("commit", () => commitContract(open));
    describe("listeners", () => listenerContract(open));
    describe("guards", () => guardContract(open));
    describe("rows", () => rowContract(open));
    describe("threads and lanes", () => threadContract(open));
    describe("lists", () => listContract(open));
    describe("what is due", () => dueContract(open));
    describe("what lasts", () => lastingContract(open));
  });
}
