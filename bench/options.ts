// What to measure, and how long: defaults are those of the acceptance bars, `--quick` is for a first look.

import { parseArgs } from "node:util";

export const legNames = [
  "runs",
  "log",
  "approval",
  "fanout",
  "idem",
  "shapes",
  "million",
  "turns",
  "start",
  "idle",
  "waiting",
  "console",
] as const;
export type LegName = (typeof legNames)[number];

export interface BenchOptions {
  quick: boolean;
  legs: ReadonlySet<LegName>;
  /** Runs per round of the leg `runs`. */
  n: number;
  /** Alternating rounds of the leg `runs`: host, bare server, host, … */
  rounds: number;
  /** Requests in flight. */
  concurrency: number;
  /** Spawns of the leg `start`. */
  starts: number;
  /** Rest before an idle process is measured. */
  restMs: number;
  /** Runs of the leg `waiting`. */
  waitingRuns: number;
  /** Subscribers of the leg `fanout`. */
  subscribers: number;
  manySubscribers: number;
  /** Runs that stand in the store before the leg `million` begins. */
  seededRuns: number;
  /** Turns of the leg `turns`: alone, side by side, in the long thread's messages, and all of them together. */
  turnsAlone: number;
  turns: number;
  longThread: number;
  turnsInAll: number;
  /** Whether docs/benchmarks.md is brought up to date. */
  writeDocs: boolean;
}

const full = {
  n: 8_000,
  rounds: 5,
  starts: 7,
  restMs: 10_000,
  waitingRuns: 10_000,
  seededRuns: 1_000_000,
  turnsAlone: 500,
  turns: 4_000,
  longThread: 10_000,
  turnsInAll: 20_000,
};
const quick = {
  n: 1_000,
  rounds: 1,
  starts: 3,
  restMs: 3_000,
  waitingRuns: 1_000,
  seededRuns: 50_000,
  turnsAlone: 200,
  turns: 1_000,
  longThread: 500,
  turnsInAll: 2_000,
};

export const usage = `npm run bench -- [options]
  --quick           small numbers, docs untouched
  --legs LIST       of ${legNames.join(",")} (all)
  --n N             runs per round (${full.n})
  --rounds R        alternating rounds (${full.rounds})
  --concurrency C   requests in flight (16)
  --docs            bring docs/benchmarks.md up to date also after a partial or quick run
`;

/** Throws an Error with a one-line message when the arguments make no sense. */
export function parseOptions(argv: string[]): BenchOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: "boolean", default: false },
      legs: { type: "string" },
      n: { type: "string" },
      rounds: { type: "string" },
      concurrency: { type: "string" },
      docs: { type: "boolean", default: false },
    },
  });
  const size = values.quick ? quick : full;
  const legs = legsOf(values.legs);
  return {
    ...size,
    quick: values.quick,
    legs,
    n: count("n", values.n, size.n),
    rounds: count("rounds", values.rounds, size.rounds),
    concurrency: count("concurrency", values.concurrency, 16),
    subscribers: 200,
    manySubscribers: values.quick ? 500 : 2_000,
    writeDocs: values.docs || (!values.quick && legs.size === legNames.length),
  };
}

function legsOf(list: string | undefined): Set<LegName> {
  if (list === undefined) return new Set(legNames);
  const names = list.split(",");
  const unknown = names.find((name) => !legNames.includes(name as LegName));
  if (unknown !== undefined) throw new Error(`there is no leg ${unknown}; legs: ${legNames.join(", ")}`);
  return new Set(names as LegName[]);
}

function count(name: string, given: string | undefined, fallback: number): number {
  if (given === undefined) return fallback;
  const value = Number(given);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number above 0`);
}
