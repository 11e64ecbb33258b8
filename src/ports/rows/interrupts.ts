// Changes to open questions.

import type { JsonObject } from "#protocol/json.ts";

/** Other data for a question that is open; a settled one stays as it was. */
export type InterruptOp = { op: "amendInterrupt"; interruptId: string; data: JsonObject };
