// npm run chaos -- --kills 50 [--seed N] [--json]
//
// Kills a daemon under load, again and again, and compares what it promised with what is there afterwards. Progress goes
// to stderr; the last line of stdout is `lost=0 duplicated=0 interrupted=N`, before it with --json one JSON object.
// Exit code 1 when anything was lost, doubled or otherwise broken.

import { parseArgs } from "node:util";
import { type Report, runCampaign } from "../bench/chaos/campaign.ts";
import { planKills } from "../bench/chaos/plan.ts";
import { createRandom } from "../bench/chaos/random.ts";

const LOAD = { runActors: 6, threads: 4, meanPauseMs: 25 };
const SHOWN_FINDINGS = 50;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const kills = wholeNumber("--kills", values.kills);
const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : wholeNumber("--seed", values.seed);

console.error(`seed ${seed}`);
const report = await runCampaign({
  kills: planKills(kills, createRandom(seed)),
  seed,
  load: LOAD,
  tell: (line) => console.error(line),
});
print(report, values.json);
process.exitCode = report.lost + report.duplicated + report.broken === 0 ? 0 : 1;

function print(report: Report, json: boolean): void {
  const { findings, ...figures } = report;
  for (const { kind, message } of findings.slice(0, SHOWN_FINDINGS)) console.error(`${kind}: ${message}`);
  if (findings.length > SHOWN_FINDINGS) console.error(`… and ${findings.length - SHOWN_FINDINGS} more`);
  if (json) console.log(JSON.stringify(report));
  else
    console.log(
      Object.entries(figures)
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
        .join("\n"),
    );
  console.log(`lost=${report.lost} duplicated=${report.duplicated} interrupted=${report.interrupted}`);
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  console.error(`${option} takes a whole number, not ${text}`);
  process.exit(2);
}
