// parley agents list, show

import type { RosterEntry, RosterList } from "#protocol/roster.ts";
import { agentId, agentName } from "../agent-names.ts";
import type { Handler, Invocation } from "../command.ts";
import { CommandError, exitCodes } from "../failures.ts";
import { readRoster, treeOf } from "../roster.ts";
import { oneLine, shorten } from "../terminal.ts";

const SHOWN_VERSION = 12;
const SHOWN_DESCRIPTION = 60;

export const listAgents: Handler = async ({ client, terminal, options }) => {
  const found = await readRoster(client);
  if (options.flag("json")) terminal.json(found);
  else {
    const rows = treeOf(found.roster).map(({ entry, stem }) => [
      stem + agentName(entry.rosterId),
      entry.role,
      entry.model,
      String(entry.tools.length),
      shortVersion(entry.versions.prompt),
      shorten(entry.description ?? entry.persona, SHOWN_DESCRIPTION),
    ]);
    terminal.table([["AGENT", "ROLE", "MODEL", "TOOLS", "PROMPT", "WHAT FOR"], ...rows]);
  }
  return reportProblems(terminal, found);
};

export const showAgent: Handler = async ({ client, terminal, options, arguments: [name = ""] }) => {
  const found = await readRoster(client);
  const entry = found.roster.find(({ rosterId }) => rosterId === agentId(name));
  if (!entry) {
    const names = found.roster.map(({ rosterId }) => agentName(rosterId)).join(", ");
    throw new CommandError(`There is no agent ${name}.`, `There are: ${names}`);
  }
  if (options.flag("json")) terminal.json(entry);
  else showEntry(terminal, entry);
  return exitCodes.completed;
};

function showEntry(terminal: Invocation["terminal"], entry: RosterEntry): void {
  const { versions } = entry;
  terminal.facts([
    ["agent", entry.rosterId],
    ["persona", entry.persona],
    ["what for", entry.description],
    ["role", entry.role],
    ["model", entry.model],
    ["sends to", [...entry.delegates, ...entry.workers].map(agentName).join(", ")],
    ["origin", entry.origin],
    ["identity", entry.agentId],
    ["manifest", versions.manifest],
    ["prompt", versions.prompt],
    ["workflow", versions.workflow],
  ]);
  if (entry.tools.length === 0) return;
  terminal.out("");
  terminal.table([["TOOLS"], ...entry.tools.map((tool) => [tool])]);
}

function shortVersion(version: string | undefined): string {
  return (version ?? "").slice(0, SHOWN_VERSION);
}

/** A roster with a file that cannot be used is shown, and ends with 1: somebody has to look at it. */
function reportProblems(terminal: Invocation["terminal"], { problems }: RosterList) {
  for (const { file, message } of problems) {
    // Most messages begin with file and line themselves.
    const where = message.startsWith(file) ? "" : `${oneLine(file)}: `;
    terminal.err(`${terminal.paintErr("red", "problem")}: ${where}${oneLine(message)}`);
  }
  return problems.length > 0 ? exitCodes.failed : exitCodes.completed;
}
