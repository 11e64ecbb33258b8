// The token that goes out with an open question.

import type { AppDeps } from "./deps.ts";
import { TOKEN_LIFE_MS } from "./interrupt-tokens.ts";

interface TokenSubject {
  runId: string;
  nodeId: string;
  interruptId: string;
  deadlineMs?: number | undefined;
}

/** A token that may answer, or only look; it never outlives the question's deadline. */
export function tokenFor(deps: AppDeps, subject: TokenSubject, intent: "resolve" | "inspect" = "resolve"): string {
  const { runId, nodeId, interruptId, deadlineMs } = subject;
  const expiresMs = Math.min(deps.clock.nowMs() + TOKEN_LIFE_MS, deadlineMs ?? Number.POSITIVE_INFINITY);
  const expiresAt = new Date(expiresMs).toISOString();
  return deps.tokens.sign({ runId, nodeId, interruptId, expiresAt, intent });
}
