// The report: JSON with every measurement, and the table of docs/benchmarks.md between its two marks.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { repoRoot } from "#test/support/paths.ts";
import type { Figure } from "./figures.ts";

export interface Report {
  bench: "parley/1";
  at: string;
  commit: string;
  machine: { cpu: string; cpus: number; memoryGb: number; kernel: string; node: string };
  client: string;
  quick: boolean;
  figures: Figure[];
}

const BEGIN = "<!-- figures: written by npm run bench -->";
const END = "<!-- end of figures -->";

export function reportOf(figures: Figure[], facts: { client: string; quick: boolean }): Report {
  const [cpu] = os.cpus();
  return {
    bench: "parley/1",
    at: new Date().toISOString(),
    commit: commit(),
    machine: {
      cpu: cpu?.model.trim() ?? "unknown",
      cpus: os.cpus().length,
      memoryGb: Math.round(os.totalmem() / 2 ** 30),
      kernel: `${os.platform()} ${os.release()}`,
      node: process.version,
    },
    ...facts,
    figures,
  };
}

/** Writes bench/results/latest.json; its path. */
export function writeJson(report: Report): string {
  const folder = path.join(repoRoot, "bench/results");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "latest.json");
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}

/** Replaces what stands between the marks of docs/benchmarks.md. */
export function writeDocs(report: Report): string {
  const file = path.join(repoRoot, "docs/benchmarks.md");
  const text = readFileSync(file, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${file} has lost the marks around its figures`);
  writeFileSync(
    file,
    `${text.slice(0, begin + BEGIN.length)}\n\n${factsText(report)}\n\n${table(report.figures)}\n\n${text.slice(end)}`,
  );
  return file;
}

function factsText({ at, commit: at_, machine, client, quick }: Report): string {
  const { cpu, cpus, memoryGb, kernel, node } = machine;
  const size = quick ? " Quick run: small numbers, for orientation only." : "";
  return `${at.slice(0, 10)}, commit ${at_}, Node ${node}, ${cpus} x ${cpu}, ${memoryGb} GiB, ${kernel}, client ${client} on the same machine.${size}`;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, parley, baseline, compared, bar }) => {
    const judged = compared ? `${compared.name}: ${compared.value}` : "";
    return `| ${name} | ${parley} ${unit} | ${baseline.name}: ${baseline.value} ${unit} | ${judged} | ${bar.text} | ${bar.holds ? "yes" : "**no**"} |`;
  });
  return ["| What | parley | Baseline, same run | Compared | Bar | Holds |", "|---|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: repoRoot, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const hash = git("rev-parse", "--short=12", "HEAD");
    return git("status", "--porcelain", "--", "src", "bin") === "" ? hash : `${hash} with changes`;
  } catch {
    return "none";
  }
}
