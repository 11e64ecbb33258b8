import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "#ports/store.ts";
import { openSqliteStore } from "#store/sqlite/open.ts";
import { storeContract } from "./store.ts";

storeContract("sqlite", async (options) => {
  const folder = mkdtempSync(join(tmpdir(), "parley-store-"));
  const path = join(folder, "parley.db");
  const opened: Store[] = [await openSqliteStore({ path, ...options })];
  const [store] = opened as [Store];
  return {
    store,
    async reopen() {
      await store.close();
      const next = await openSqliteStore({ path, ...options });
      opened.push(next);
      return next;
    },
    openCopy: (copy) => openSqliteStore({ path: copy }),
    async cleanup() {
      for (const each of opened) await each.close();
      rmSync(folder, { recursive: true });
    },
  };
});
