// Agents of a daemon: the tools they may call, and the roster, kept as workflows so that every turn pins what it uses.

import { fileURLToPath } from "node:url";
import { openRoster, type Roster, type RosterAgent } from "#agent/roster.ts";
import { builtInTools } from "#agent/tools/built-in.ts";
import { toolTable } from "#agent/tools/tool-table.ts";
import { workflowIdOf, workflowOf } from "#agent/workflow-of.ts";
import type { AgentDirectory, TalkableAgent } from "#app/agents.ts";
import type { AppDeps } from "#app/deps.ts";
import { DEFAULT_TENANT } from "#app/keys.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import type { Config } from "#platform/config/schema.ts";
import type { Home } from "#platform/home.ts";
import type { Clock } from "#ports/clock.ts";
import type { Logger } from "#ports/logger.ts";
import type { Tool } from "#ports/tools.ts";
import type { Json } from "#protocol/json.ts";

const SHIPPED = {
  agents: fileURLToPath(new URL("../../agents", import.meta.url)),
  prompts: fileURLToPath(new URL("../../prompts", import.meta.url)),
};

/** Every tool of this host by its id. `more`: those that only tests use. */
export function toolsOf(home: Home, clock: Clock, more: readonly Tool[] = []): ReadonlyMap<string, Tool> {
  // Asked when it is needed: the first use of time zones costs a start 20 ms.
  const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
  const table = toolTable([...builtInTools({ clock, timeZone, workspace: home.workspace }), ...more]);
  return new Map(table.toolIds.map((toolId) => [toolId, table.get(toolId) as Tool]));
}

/** Reads the roster: the shipped one, overlaid by the home's. Rejects when the shipped one is broken. */
export function rosterOf(
  config: Config,
  home: Home,
  tools: ReadonlyMap<string, Tool>,
  logger: Logger,
): Promise<Roster> {
  return openRoster({
    shipped: SHIPPED,
    home: { agents: home.agents, prompts: home.prompts },
    tools: [...tools.keys()],
    models: Object.keys(config.models),
    logger,
  });
}

export function directoryOf(roster: Pick<Roster, "list" | "get" | "defaultAgent">): AgentDirectory {
  return {
    find: (rosterId) => talkable(roster.get(rosterId)),
    defaultAgent: () => talkable(roster.defaultAgent()) as TalkableAgent,
    ids: () => roster.list().map(({ rosterId }) => rosterId),
  };
}

function talkable(agent: RosterAgent | undefined): TalkableAgent | undefined {
  if (!agent) return undefined;
  const { rosterId } = agent;
  return { rosterId, workflowId: workflowIdOf(rosterId) };
}

/**
 * Registers the workflow of every agent, now and after every change, and takes away those of agents that are gone (runs
 * that have begun keep theirs by its hash). The returned function ends that.
 */
export async function keepAgentWorkflows(app: AppDeps, roster: Roster): Promise<() => void> {
  let standing = await registerAll(app, roster);
  await removeWorkflows(app, await leftBehind(app, standing));
  let last = Promise.resolve();
  const unlisten = roster.onChange(() => {
    last = last
      .then(async () => {
        const now = await registerAll(app, roster);
        await removeWorkflows(
          app,
          [...standing].filter((workflowId) => !now.has(workflowId)),
        );
        standing = now;
      })
      .catch((error) => app.logger.error({ error }, "the agents that changed could not be registered"));
  });
  return () => {
    unlisten();
    roster.close();
  };
}

async function registerAll(app: AppDeps, roster: Roster): Promise<Set<string>> {
  const agents = roster.list();
  for (const agent of agents) {
    await seedWorkflow(app, DEFAULT_TENANT, workflowOf(agent, roster) as unknown as Json, "built-in");
  }
  return new Set(agents.map(({ rosterId }) => workflowIdOf(rosterId)));
}

/** Workflows of agents whose files went away while no daemon was there to see it. */
async function leftBehind(app: AppDeps, standing: ReadonlySet<string>): Promise<string[]> {
  const workflows = await app.store.listWorkflows(DEFAULT_TENANT);
  return workflows.flatMap(({ workflowId, origin }) =>
    origin === "built-in" && workflowId.startsWith("agent-") && !standing.has(workflowId) ? [workflowId] : [],
  );
}

async function removeWorkflows(app: AppDeps, workflowIds: readonly string[]): Promise<void> {
  if (workflowIds.length === 0) return;
  await app.store.commit({
    commitId: app.ids.next("cmt"),
    guards: [],
    appends: [],
    rows: workflowIds.map((workflowId) => ({ op: "deleteWorkflow", tenantId: DEFAULT_TENANT, workflowId })),
  });
}
