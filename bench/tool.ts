// The measuring client: a process of its own, so that both servers are asked by the same thing in the same way.
// The published hostbench when it is there, else our own client with the same report.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { repoRoot, sharedBench } from "#test/support/paths.ts";
import type { Server } from "./servers.ts";
import type { Distribution } from "./stats.ts";

/** The part of a report that the bench reads. A leg that a host refuses is `{skipped}`. */
export interface ToolReport {
  legs: {
    runs?: Leg<{
      per_second: number;
      not_completed: number;
      failed?: number;
      one_at_a_time_ms: Distribution;
      completed_ms: Distribution;
    }>;
    fanout?: Leg<{
      sets: {
        subscribers: number;
        missed: number;
        failed: number;
        open_ms: Distribution;
        event_to_receipt_ms: Distribution;
      }[];
    }>;
    log?: Leg<{ per_second: number; errors?: number; bytes_per_read: number; read_ms: Distribution }>;
    approval?: Leg<{
      errors?: number;
      one_at_a_time: { resolve_to_terminal_ms: Distribution; whole_ms: Distribution };
    }>;
    idem?: Leg<{
      per_second: number;
      wrong_run_id: number;
      concurrent_first_use: {
        keys: number;
        parallel: number;
        keys_with_more_than_one_run: number;
        answers_not_2xx: number;
      };
    }>;
  };
}
type Leg<T> = T | { skipped: string };

const published = sharedBench === undefined ? undefined : path.join(sharedBench, "hostbench.mjs");
export const toolName = published !== undefined && existsSync(published) ? "hostbench" : "bench/client.ts";
const script = toolName === "hostbench" ? (published as string) : path.join(repoRoot, "bench/client.ts");

/** Runs the tool against a server; options as hostbench names them. */
export async function measure(server: Server, options: Record<string, string | number>): Promise<ToolReport> {
  const args = Object.entries({ base: server.url, key: server.key, ...options }).map(
    ([name, value]) => `--${name}=${value}`,
  );
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [out, complaints, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (code !== 0) throw new Error(`the measuring client failed on ${server.name}: ${complaints.slice(-500)}`);
  return JSON.parse(out) as ToolReport;
}

/** A leg that must have been measured. */
export function taken<T extends object>(leg: Leg<T> | undefined, server: Server): T {
  if (leg === undefined) throw new Error(`the measuring client left out a leg on ${server.name}`);
  if ("skipped" in leg) throw new Error(`${server.name} could not be measured: ${leg.skipped}`);
  return leg;
}
