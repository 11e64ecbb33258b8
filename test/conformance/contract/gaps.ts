// What no case has shown: the contract's routes, event types and rulings, compared with what the suite saw and passed.

import type { RouteAnswers } from "./routes.ts";
import type { Cases, Ruling } from "./ruling.ts";

export interface Contract {
  routes: readonly RouteAnswers[];
  eventTypes: readonly string[];
  rulings: readonly Ruling[];
}

/** What a run of the suite left: see test/support/{record,passed-reporter}.ts. */
export interface Evidence {
  /** `GET /v1/runs/run_1 200`. */
  answers: ReadonlySet<string>;
  eventTypes: ReadonlySet<string>;
  /** `test/conformance/cancel.test.ts > cancelling > is idempotent: …`. */
  passed: readonly string[];
}

/** A line per gap; none: everything has a case that passed. */
export function gapsOf(contract: Contract, evidence: Evidence): string[] {
  return [...routeGaps(contract, evidence), ...eventGaps(contract, evidence), ...rulingGaps(contract, evidence)];
}

function routeGaps({ routes }: Contract, { answers }: Evidence): string[] {
  const seen = [...answers].map((answer) => answer.split(" ") as [method: string, path: string, status: string]);
  return routes.flatMap(({ method, path, statuses, source }) => {
    const pattern = patternOf(path);
    const given = new Set(
      seen.filter(([m, p]) => m === method && pattern.test(p)).map(([, , status]) => Number(status)),
    );
    return statuses
      .filter((status) => !given.has(status))
      .map((status) => `${source}: ${method} ${path} never answered ${status}`);
  });
}

/** Parameters match one segment, and nothing of a verb. */
function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/:]+");
  return new RegExp(`^${escaped}$`);
}

function eventGaps(contract: Contract, { eventTypes }: Evidence): string[] {
  return contract.eventTypes
    .filter((type) => !eventTypes.has(type))
    .map((type) => `runs §8: no log of the suite held ${type}`);
}

function rulingGaps({ rulings }: Contract, { passed }: Evidence): string[] {
  return rulings.flatMap(({ id, says, by, also }) => {
    if (!by) return [`${id}: no case asserts that ${says}`];
    return [by, ...(also ? [also] : [])].flatMap((cases) => missingOf(id, cases, passed));
  });
}

function missingOf(id: string, [file, ...words]: Cases, passed: readonly string[]): string[] {
  const start = `test/conformance/${file}.test.ts > `;
  const titles = passed.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
  return words
    .filter((word) => !titles.some((title) => title.includes(word)))
    .map((word) => `${id}: no case passed in ${file} with the words "${word}"`);
}
