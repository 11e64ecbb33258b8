// Checks of a whole store (`parley doctor --deep`): does everything that is written fit together?
//
//   K1. Only the port is used, page by page: memory stays bounded however large the store is. One run's log is held at
//       a time, and only when it is to be folded again.
//   K2. The store may be in use meanwhile: what looks wrong is looked at again, and reported when it still is.

import type { Store } from "#ports/store.ts";
import type { Refold, StoreFinding } from "./check/finding.ts";
import { checkOpenWork } from "./check/open-work.ts";
import { checkRuns } from "./check/runs.ts";
import { checkThreads } from "./check/threads.ts";

export type { Refold, StoreFinding } from "./check/finding.ts";

export interface CheckOptions {
  refold?: Refold;
  /** Rows read at a time. */
  pageSize?: number;
  /** Findings after which the check stops: a broken store has many. */
  maxFindings?: number;
}

/** Everything that does not fit together; nothing when the store is sound. */
export async function checkStore(store: Store, options: CheckOptions = {}): Promise<StoreFinding[]> {
  const { maxFindings = 1_000 } = options;
  const findings: StoreFinding[] = [];
  for await (const finding of walkStore(store, options)) {
    findings.push(finding);
    if (findings.length < maxFindings) continue;
    findings.push({ check: "store", message: `The check stopped after ${maxFindings} findings.` });
    break;
  }
  return findings;
}

/** As {@link checkStore}, one by one as they are found. */
export async function* walkStore(store: Store, options: CheckOptions = {}): AsyncGenerator<StoreFinding> {
  const { refold, pageSize = 200 } = options;
  const tenants = new Set<string>();
  yield* checkRuns({ store, pageSize, refold, tenants });
  yield* checkOpenWork({ store, pageSize });
  yield* checkThreads({ store, pageSize, tenants });
}
