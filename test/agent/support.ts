// What the tests of this room share.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { builtInTools } from "#agent/tools/built-in.ts";
import { type ToolTable, toolTable } from "#agent/tools/tool-table.ts";
import type { Tool, ToolOutcome } from "#ports/tools.ts";
import type { JsonObject } from "#protocol/json.ts";

/** Friday, 2024-03-01 12:34:56 UTC. */
export const NOW_MS = Date.UTC(2024, 2, 1, 12, 34, 56);

/** A new folder that is gone after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-agent-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The built-in tools over a workspace, called by the last part of their ids. */
export interface Workbench {
  workspace: string;
  /** Where the notes of the tenant `default` lie. It exists. */
  notes: string;
  tools: ToolTable<Tool>;
  call(tool: string, args: JsonObject, options?: CallOptions): Promise<ToolOutcome>;
  /** The value of a call that must go well. */
  done(tool: string, args: JsonObject, options?: CallOptions): Promise<JsonObject>;
  /** The message of a call that must fail. */
  failed(tool: string, args: JsonObject, options?: CallOptions): Promise<string>;
}

export interface CallOptions {
  tenantId?: string;
  effectId?: string;
  signal?: AbortSignal;
}

let calls = 0;

export function workbench(folder: string): Workbench {
  const workspace = mkdtempSync(join(folder, "workspace-"));
  const notes = join(workspace, "default", "notes");
  mkdirSync(notes, { recursive: true });
  const tools = toolTable(builtInTools({ clock: { nowMs: () => NOW_MS }, timeZone: () => "Europe/Berlin", workspace }));
  const call: Workbench["call"] = (name, args, { tenantId = "default", effectId, signal } = {}) => {
    const tool = tools.get(`openwop:parley.${name}`);
    assert.ok(tool, `there is no tool ${name}`);
    calls += 1;
    const ids = { runId: "run", callId: `call-${calls}`, effectId: effectId ?? `effect-${calls}` };
    return tool.perform({ tenantId, ...ids, arguments: args }, signal ?? AbortSignal.timeout(20_000));
  };
  return {
    workspace,
    notes,
    tools,
    call,
    async done(name, args, options) {
      const outcome = await call(name, args, options);
      assert.equal(outcome.outcome, "done", JSON.stringify(outcome));
      return outcome.outcome === "done" ? outcome.value : {};
    },
    async failed(name, args, options) {
      const outcome = await call(name, args, options);
      assert.equal(outcome.outcome, "failed", JSON.stringify(outcome));
      return outcome.outcome === "failed" ? outcome.message : "";
    },
  };
}

/** Resolves when the condition holds; fails after ten seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
