// Rules that go beyond single values.

import { isIP } from "node:net";
import { type ConfigProblem, type Path, type Place, pathText, problem } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";

/** Ids name connectors in threads and routes: two with one id could not be told apart. */
export function connectorProblems(config: ConfigFile, placeOfPath: (path: Path) => Place): ConfigProblem[] {
  return config.connectors.flatMap(({ id }, at) => {
    if (config.connectors.findIndex((other) => other.id === id) === at) return [];
    const path = ["connectors", at, "id"];
    return [
      problem(placeOfPath(path), pathText(path), { value: JSON.stringify(id), says: "is used by another connector" }),
    ];
  });
}

/** Only this machine can reach a listener on such a host. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name === "::1") return true;
  return isIP(name) === 4 && name.startsWith("127.");
}

/** Metrics tell what goes on here: to anybody only where anybody is on this machine. `host`: the one listened on. */
export function metricsProblems(
  { metrics }: ConfigFile,
  host: string | undefined,
  placeOfPath: (path: Path) => Place,
): ConfigProblem[] {
  if (!metrics.enabled || !metrics.public || host === undefined || isLoopback(host)) return [];
  const path = ["metrics", "public"];
  const says = `is refused while parley listens on ${host}: it needs a loopback host`;
  return [problem(placeOfPath(path), pathText(path), { value: "true", says })];
}
