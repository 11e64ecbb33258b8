// Test seam: two tools whose effect is a POST to a loopback receiver, so that the crash suite can count what really
// happened outside. `keyed` sends its id along and may repeat; `unkeyed` may not. Registered only with
// PARLEY_TEST_SEAMS=1, which is refused on any bind but loopback.

import type { Tool, ToolOutcome } from "#ports/tools.ts";
import type { JsonObject } from "#protocol/json.ts";
import { LOOPBACK, post } from "./loopback-post.ts";

const TIMEOUT_MS = 10_000;

const parameters: JsonObject = {
  type: "object",
  properties: { url: { type: "string", pattern: LOOPBACK.source }, note: { type: "string" } },
  required: ["url"],
  additionalProperties: false,
};

export function testTools(): Tool[] {
  return [testTool("keyed", false), testTool("unkeyed", false), testTool("keyed", true)];
}

function testTool(effectClass: "keyed" | "unkeyed", needsApproval: boolean): Tool {
  const name = `test-${effectClass}${needsApproval ? "-approved" : ""}`;
  return {
    toolId: `openwop:parley.${name}`,
    modelName: `openwop_parley_${name.replaceAll("-", "_")}`,
    description: "Posts to a receiver on this machine.",
    parameters,
    effectClass,
    needsApproval,
    timeoutMs: TIMEOUT_MS,
    activity: () => `posting (${effectClass})`,
    async perform({ effectId, runId, callId, arguments: args }, signal): Promise<ToolOutcome> {
      const body = { effectId, runId, callId, note: args.note ?? null };
      const outcome = await post(String(args.url), effectId, body, signal);
      if (outcome.outcome === "lost") {
        return effectClass === "unkeyed" && !outcome.certain
          ? { outcome: "interrupted" }
          : { outcome: "failed", message: outcome.message };
      }
      return { outcome: "done", value: outcome.value };
    },
  };
}
