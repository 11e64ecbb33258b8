// npm run fuzz -- [--requests 20000] [--documents 5000] [--seed N] [--json]
//
// Asks a daemon for everything, wrongly: mutated requests over all of its routes, then random workflow documents. Progress
// goes to stderr. Exit code 1 when an answer was none that was planned, took too long, showed what belongs to another
// tenant, or left the store in disorder.

import { parseArgs } from "node:util";
import { createRandom } from "../bench/chaos/random.ts";
import { fuzz } from "../bench/fuzz/campaign.ts";
import { openTarget } from "../bench/fuzz/target.ts";
import { seedOf, wholeNumber } from "./whole-number.ts";

const SHOWN_FINDINGS = 50;

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    documents: { type: "string", default: "5000" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const counts = {
  requests: wholeNumber("--requests", values.requests),
  documents: wholeNumber("--documents", values.documents),
};
const seed = seedOf(values.seed);

const { target, stop } = await openTarget();
try {
  const report = await fuzz(target, counts, createRandom(seed), (line) => console.error(line));
  for (const finding of report.findings.slice(0, SHOWN_FINDINGS)) console.error(finding);
  const { findings, ...figures } = report;
  console.log(values.json ? JSON.stringify(report) : JSON.stringify(figures));
  console.log(`findings=${findings.length}`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} finally {
  await stop();
}
