// Who works here: the roster as a tree, from those one talks to down to those who do the work.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { RosterAgent, RosterAnswer } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { useCell } from "../ui/cell.ts";
import { Icon } from "../ui/icons.tsx";
import { toolWords } from "./names.ts";

/** A roster that refers in circles is refused by parley; this is for the eye, should it ever change. */
const MAX_DEPTH = 5;

const POLL_MS = 3_000;

export function AgentsPage(): JSX.Element {
  const console = useConsole();
  const { value, error } = useCell(console.roster);
  useEffect(() => {
    // Roster files change while one looks: that is when one looks.
    const read = () => void (document.hidden || console.readRoster());
    read();
    const timer = setInterval(read, POLL_MS);
    return () => clearInterval(timer);
  }, [console]);
  const roster = value?.roster ?? [];
  return (
    <div class="page">
      <header class="page-head">
        <h1>Agents</h1>
        <p class="muted">{roster.length > 0 && `${roster.length} agents`}</p>
      </header>
      {error !== undefined && !value && <p class="problem">{error}</p>}
      {value && value.problems.length > 0 && <RosterProblems problems={value.problems} />}
      <ul class="tree">
        {rootsOf(roster).map((agent) => (
          <Branch key={agent.rosterId} agent={agent} roster={roster} depth={0} />
        ))}
      </ul>
    </div>
  );
}

function RosterProblems({ problems }: Pick<RosterAnswer, "problems">): JSX.Element {
  return (
    <div class="problem" role="alert">
      <Icon name="alert" size={16} />
      <div class="stack">
        <p>Some files cannot be used as they are. The last good version of each, if there is one, stays in service.</p>
        <ul class="stack">
          {problems.map(({ file, message }) => (
            <li key={file + message}>{message.includes(file) ? message : `${file}: ${message}`}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** Whom nobody works for. */
function rootsOf(roster: readonly RosterAgent[]): readonly RosterAgent[] {
  const below = new Set(roster.flatMap((agent) => [...agent.workers, ...agent.delegates]));
  const roots = roster.filter((agent) => !below.has(agent.rosterId));
  return roots.length > 0 ? roots : roster;
}

interface BranchProperties {
  agent: RosterAgent;
  roster: readonly RosterAgent[];
  depth: number;
}

function Branch({ agent, roster, depth }: BranchProperties): JSX.Element {
  const ids = [...agent.delegates, ...agent.workers];
  const below = depth < MAX_DEPTH ? ids.flatMap((id) => roster.find((one) => one.rosterId === id) ?? []) : [];
  return (
    <li>
      <AgentCard agent={agent} />
      {below.length > 0 && (
        <ul class="branch">
          {below.map((one) => (
            <Branch key={one.rosterId} agent={one} roster={roster} depth={depth + 1} />
          ))}
        </ul>
      )}
    </li>
  );
}

const roleWords: Record<RosterAgent["role"], string> = {
  conversation: "talks with people",
  supervisor: "plans and divides the work",
  worker: "does the work",
};

function AgentCard({ agent }: { agent: RosterAgent }): JSX.Element {
  const { versions } = agent;
  return (
    <article class="card agent" id={`agent-${agent.rosterId}`}>
      <header class="agent-head">
        <span class="agent-sign" aria-hidden="true">
          {agent.persona.charAt(0)}
        </span>
        <div>
          <h2>{agent.persona}</h2>
          <p class="muted">
            {agent.role} · {roleWords[agent.role]}
          </p>
        </div>
        <span class="chip">{agent.origin === "home" ? "yours" : "came with parley"}</span>
      </header>
      {agent.description !== undefined && <p>{agent.description}</p>}
      <dl class="facts">
        <div>
          <dt>Model</dt>
          <dd>{agent.model}</dd>
        </div>
        <div>
          <dt>Prompt</dt>
          <dd>{versions.prompt === undefined ? "–" : <Version hash={versions.prompt} />}</dd>
        </div>
        <div>
          <dt>Manifest</dt>
          <dd>{versions.manifest === undefined ? "–" : <Version hash={versions.manifest} />}</dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>
            <code>{agent.rosterId}</code>
          </dd>
        </div>
      </dl>
      <ul class="tools" aria-label={`Tools of ${agent.persona}`}>
        {agent.tools.length === 0 && <li class="muted">no tools</li>}
        {agent.tools.map((tool) => (
          <li key={tool} class="chip" title={tool}>
            {toolWords(tool)}
          </li>
        ))}
      </ul>
    </article>
  );
}

/** Enough of a hash to tell versions apart. */
function Version({ hash }: { hash: string }): JSX.Element {
  return <code title={hash}>{hash.length > 16 ? hash.slice(0, 8) : hash}</code>;
}
