// npm run soak -- [--minutes 30] [--seed N] [--json]
//
// Mixed load on one daemon, and its resident memory: that of the last fifth must be within 10 % of the first. Progress goes
// to stderr. Exit code 1 when it is not.

import { parseArgs } from "node:util";
import { soak } from "../bench/soak.ts";

const LOAD = { runActors: 6, threads: 4, meanPauseMs: 10 };
const WARM_UP_MINUTES = 2;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error("--minutes takes a number above 0, --seed a whole number");
  process.exit(2);
}
const tell = (line: string) => console.error(line);
const report = await soak({ minutes, warmUpMinutes: Math.min(WARM_UP_MINUTES, minutes / 5), seed, load: LOAD, tell });
console.log(values.json ? JSON.stringify(report) : report);
process.exitCode = report.holds ? 0 : 1;
