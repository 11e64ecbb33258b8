// Votes: what they come to (interrupts-conversations.md §2.4).

import type { JsonObject } from "#protocol/json.ts";
import { type Draft, emit } from "../draft.ts";
import type { OpenInterrupt, Vote } from "../state.ts";

export type Ballot = "open" | "accepted" | "rejected";

/** Counts the votes of an approval. */
export function tally(data: JsonObject, votes: readonly Vote[]): Ballot {
  const required = requiredApprovals(data);
  const accepts = votes.filter((vote) => vote.action === "accept").length;
  const rejects = votes.length - accepts;
  if (accepts >= required) return "accepted";
  const failed = data.rejectionPolicy === "majority" ? rejects > required / 2 : rejects > 0;
  return failed ? "rejected" : "open";
}

export function requiredApprovals(data: JsonObject): number {
  return typeof data.requiredApprovals === "number" ? data.requiredApprovals : 1;
}

/** Records one vote of a gate that needs several; tells what the votes now come to. */
export function recordVote(
  draft: Draft,
  nodeId: string,
  interrupt: OpenInterrupt,
  vote: Vote & { by: string; reason?: string },
): Ballot {
  const { voter, action, by, reason } = vote;
  const votes = [...interrupt.votes.filter((other) => other.voter !== voter), { voter, action }];
  const accepts = votes.filter((other) => other.action === "accept").length;
  emit(
    draft,
    "parley.interrupt.vote-recorded",
    {
      nodeId,
      interruptId: interrupt.interruptId,
      kind: interrupt.kind,
      voter,
      ...(by !== voter && { castBy: by }),
      action,
      ...(reason !== undefined && { reason }),
      accepts,
      rejects: votes.length - accepts,
      required: requiredApprovals(interrupt.data),
    },
    { nodeId },
  );
  return tally(interrupt.data, votes);
}
