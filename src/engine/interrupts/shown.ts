// A question as the snapshot shows it: what is asked, whom it waits for, and until when.

import type { Json, JsonObject } from "#protocol/json.ts";
import type { OpenInterrupt } from "../state.ts";
import { approversOf } from "./people.ts";

export function shownInterrupt({ interruptId, kind, key, data, resumeSchema, ...times }: OpenInterrupt): JsonObject {
  const approvers = kind === "approval" ? approversOf(data) : [];
  return {
    interruptId,
    kind,
    key,
    data,
    ...(resumeSchema && { resumeSchema: resumeSchema as Json }),
    ...(approvers.length > 0 && { approvers }),
    requestedAt: new Date(times.requestedMs).toISOString(),
    ...(times.deadlineMs !== undefined && { deadline: new Date(times.deadlineMs).toISOString() }),
  };
}
