// npm run conformance -- [--base URL --key KEY] [--json] [PATTERN ...]
//
// Runs the black-box suite: against daemons of its own, or with --base against a host that is already there (cases that
// need a daemon of their own are skipped then). After a whole run against its own daemons it prints what the contract
// asks for and no case has shown. Exit code 1 when a case failed or something has none.

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Evidence, gapsOf } from "../test/conformance/contract/gaps.ts";
import * as contract from "../test/conformance/contract/index.ts";
import { repoRoot } from "../test/support/paths.ts";
import type { Seen } from "../test/support/record.ts";

const CONCURRENCY = 2;

const { values, positionals } = parseArgs({
  options: { base: { type: "string" }, key: { type: "string" }, json: { type: "boolean", default: false } },
  allowPositionals: true,
});
if ((values.base === undefined) !== (values.key === undefined)) {
  console.error("--base and --key belong together: the host's address and a key of it.");
  process.exit(2);
}

const record = fs.mkdtempSync(path.join(os.tmpdir(), "parley-conformance-"));
const passedFile = path.join(record, "passed.txt");
const code = await runSuite();
/** Cases that are skipped show nothing, and a named host skips some. */
const isJudged = positionals.length === 0 && values.base === undefined;
const gaps = isJudged ? gapsOf(contract, readEvidence()) : [];
fs.rmSync(record, { recursive: true });
report();
process.exitCode = code === 0 && gaps.length === 0 ? 0 : 1;

function runSuite(): Promise<number> {
  const files = fs
    .globSync("test/conformance/*.test.ts", { cwd: repoRoot })
    .filter((file) => positionals.length === 0 || positionals.some((pattern) => file.includes(pattern)))
    .sort();
  const reporters = [
    "--test-reporter=spec",
    `--test-reporter-destination=${values.json ? "stderr" : "stdout"}`,
    "--test-reporter=./test/support/passed-reporter.ts",
    `--test-reporter-destination=${passedFile}`,
  ];
  const external = { ...(values.base && { CONFORMANCE_BASE: values.base, CONFORMANCE_KEY: values.key ?? "" }) };
  const child = spawn(process.execPath, ["--test", `--test-concurrency=${CONCURRENCY}`, ...reporters, ...files], {
    cwd: repoRoot,
    env: { ...process.env, ...external, PARLEY_RECORD: record },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exit) => resolve(exit ?? 1));
  });
}

function readEvidence(): Evidence {
  const seen = fs
    .globSync("*.json", { cwd: record })
    .map((file) => JSON.parse(fs.readFileSync(path.join(record, file), "utf8")) as Seen);
  return {
    answers: new Set(seen.flatMap(({ answers }) => answers)),
    eventTypes: new Set(seen.flatMap(({ eventTypes }) => eventTypes)),
    passed: fs.readFileSync(passedFile, "utf8").split("\n"),
  };
}

function report(): void {
  if (values.json) {
    console.log(JSON.stringify({ passed: code === 0, ...(isJudged && { gaps }) }));
    return;
  }
  for (const gap of gaps) console.log(gap);
  if (!isJudged) console.log("coverage: not judged, for only a part of the suite was run");
  else console.log(gaps.length === 0 ? "coverage: no gap" : `coverage: ${gaps.length} without a case`);
}
