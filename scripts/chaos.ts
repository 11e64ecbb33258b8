// npm run chaos -- [--chat] --kills 50 [--seed N] [--json]
//
// Without --chat the load is runs of every kind; with it, conversations with an agent that calls tools, asks and
// delegates. The daemon is killed under it, again and again, and what it promised is compared with what is there
// afterwards. Progress goes to stderr; the last line of stdout is `lost=0 duplicated=0 interrupted=N`, before it with
// --json one JSON object.
// Exit code 1 when anything was lost, doubled or otherwise broken.

import { parseArgs } from "node:util";
import { type Report, runCampaign } from "../bench/chaos/campaign.ts";
import { planKills } from "../bench/chaos/plan.ts";
import { createRandom } from "../bench/chaos/random.ts";
import { type ChatReport, chatStopPoints, runChatCampaign } from "../bench/chaos-chat/campaign.ts";
import { seedOf, wholeNumber } from "./whole-number.ts";

const LOAD = { runActors: 6, threads: 4, meanPauseMs: 25 };
const CHAT_LOAD = { threads: 8, meanPauseMs: 25, faults: { refuse: 0.05, cut: 0.05 } };
const SHOWN_FINDINGS = 50;

const { values } = parseArgs({
  options: {
    chat: { type: "boolean", default: false },
    kills: { type: "string", default: "50" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const kills = wholeNumber("--kills", values.kills);
const seed = seedOf(values.seed);

const tell = (line: string) => console.error(line);
const report = values.chat
  ? await runChatCampaign({ kills: planKills(kills, createRandom(seed), chatStopPoints), seed, load: CHAT_LOAD, tell })
  : await runCampaign({ kills: planKills(kills, createRandom(seed)), seed, load: LOAD, tell });
print(report, values.json);
process.exitCode = report.lost + report.duplicated + report.broken === 0 ? 0 : 1;

function print(report: Report | ChatReport, json: boolean): void {
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
