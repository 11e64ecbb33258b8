// The contract of `Store` (src/ports/store.ts), as tests that every implementation passes.

import { describe } from "node:test";
import type { OpenStore } from "./store-builders.ts";
import { commitContract } from "./store-commits.ts";
import { dueContract } from "./store-due.ts";
import { guardContract } from "./store-guards.ts";
import { interruptContract } from "./store-interrupts.ts";
import { lastingContract } from "./store-lasting.ts";
import { listenerContract } from "./store-listeners.ts";
import { listContract } from "./store-lists.ts";
import { loadContract } from "./store-load.ts";
import { rowContract } from "./store-rows.ts";
import { runControlContract } from "./store-run-control.ts";
import { threadContract } from "./store-threads.ts";
import { timeContract } from "./store-time.ts";
import { webhookContract } from "./store-webhooks.ts";

export type { OpenedStore, OpenStore, StoreTestOptions } from "./store-builders.ts";

/** `open` gives a fresh, empty store every time. */
export function storeContract(name: string, open: OpenStore): void {
  describe(`store contract: ${name}`, () => {
    describe("commit", () => commitContract(open));
    describe("listeners", () => listenerContract(open));
    describe("guards", () => guardContract(open));
    describe("rows", () => rowContract(open));
    describe("threads and lanes", () => threadContract(open));
    describe("webhooks", () => webhookContract(open));
    describe("schedules and dead letters", () => timeContract(open));
    describe("open questions", () => interruptContract(open));
    describe("pauses, scopes and annotations", () => runControlContract(open));
    describe("lists", () => listContract(open));
    describe("what is due", () => dueContract(open));
    describe("what is under way", () => loadContract(open));
    describe("what lasts", () => lastingContract(open));
  });
}
