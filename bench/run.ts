// npm run bench: every figure beside its baseline, measured in the same run on the same machine.
//
//   runs      noop runs at 16 in flight and alone          against a bare node:http server and a raw SQLite commit
//   log       reads of a finished run's log                against the bare server
//   approval  an approval from creation to its end, alone  against the bare server and a raw SQLite commit
//   fanout    200 and 2 000 subscribers of one run         against the bare server
//   idem      one Idempotency-Key used ten times at once   against the bare server
//   shapes    a run of 10 000 events, a fan of 1 000 nodes  against their size
//   million   creation and lists among 1 000 000 runs      against an empty store
//   turns     chat turns with a model that answers at once  against that model and raw commits
//   start     spawn to ready                               against the bare server
//   idle      resident memory after a rest                 against the bare server
//   waiting   memory added by 10 000 waiting runs          against the bare server
//   console   a reload and the acts in a real browser      against an empty page
//
// Exit code 1 when a bar does not hold.

import { execFileSync } from "node:child_process";
import path from "node:path";
import { repoRoot } from "#test/support/paths.ts";
import { DAEMON_FLAGS } from "../scripts/node24.mjs";
import type { Figure } from "./figures.ts";
import { consoleLeg } from "./legs/console.ts";
import { fanoutLeg } from "./legs/fanout.ts";
import { idempotencyLeg } from "./legs/idempotency.ts";
import { idleLeg, waitingLeg } from "./legs/memory.ts";
import { millionLeg } from "./legs/million.ts";
import { approvalLeg, logLeg } from "./legs/reads.ts";
import { runsLeg } from "./legs/runs.ts";
import { shapesLeg } from "./legs/shapes.ts";
import { startLeg } from "./legs/start.ts";
import { turnsLeg } from "./legs/turns.ts";
import { type BenchOptions, type LegName, legNames, parseOptions, usage } from "./options.ts";
import { reportOf, table, writeDocs, writeJson } from "./report.ts";
import { toolName } from "./tool.ts";

type Leg = (options: BenchOptions, say: (line: string) => void) => Promise<Figure[]>;

const legs: Readonly<Record<LegName, Leg>> = {
  runs: runsLeg,
  log: logLeg,
  approval: approvalLeg,
  fanout: fanoutLeg,
  idem: idempotencyLeg,
  shapes: shapesLeg,
  million: millionLeg,
  turns: turnsLeg,
  start: startLeg,
  idle: idleLeg,
  waiting: waitingLeg,
  console: consoleLeg,
};

const say = (line: string) => process.stderr.write(`bench: ${line}\n`);

async function main(argv: string[]): Promise<number> {
  const options = parseOptions(argv);
  warm();
  const figures: Figure[] = [];
  for (const name of legNames.filter((leg) => options.legs.has(leg))) {
    say(name);
    figures.push(...(await legs[name](options, say)));
  }
  const report = reportOf(figures, { client: toolName, quick: options.quick });
  process.stdout.write(`${table(figures)}\n`);
  say(`written to ${writeJson(report)}`);
  if (options.writeDocs) say(`written to ${writeDocs(report)}`);
  return figures.every((figure) => figure.bar.holds) ? 0 : 1;
}

/** An installation leaves a warm compile cache behind; sources that changed since would be measured cold. */
function warm(): void {
  execFileSync(process.execPath, [...DAEMON_FLAGS, path.join(repoRoot, "scripts/warm.mjs")]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.stderr.write(usage);
  process.exitCode = 2;
}
