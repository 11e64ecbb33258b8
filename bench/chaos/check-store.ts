// The store at rest: `parley doctor --deep` must have nothing to complain about.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { nodeBinary, parleyLauncher } from "./daemon.ts";
import type { Findings } from "./findings.ts";

const DEADLINE_MS = 60_000;

/** Needs the daemon to be down. */
export async function checkStore(home: string, findings: Findings): Promise<void> {
  const env = { ...process.env, PARLEY_HOME: home };
  const call = promisify(execFile)(nodeBinary, [parleyLauncher, "doctor", "--deep", "--json"], {
    env,
    timeout: DEADLINE_MS,
  });
  const { stdout, stderr, code } = await call.then(
    (output) => ({ ...output, code: 0 }),
    (error) => ({ stdout: String(error.stdout), stderr: String(error.stderr), code: error.code ?? error.signal }),
  );
  const errors = errorsIn(stdout);
  for (const error of errors) findings.broken(`doctor: ${error}`);
  if (code !== 0 && errors.length === 0)
    findings.broken(`doctor ended with ${code}: ${stderr || stdout}`.slice(0, 2000));
}

/** One finding per line. */
function errorsIn(stdout: string): string[] {
  try {
    const lines = stdout.split("\n").filter((line) => line !== "");
    const findings = lines.map((line) => JSON.parse(line) as { level: string; check: string; message: string });
    if (findings.length === 0) return ["it found nothing to look at"];
    return findings.filter(({ level }) => level === "error").map(({ check, message }) => `${check}: ${message}`);
  } catch {
    return [`no JSON on stdout: ${stdout.slice(0, 500)}`];
  }
}
