import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Entries, settle } from "#agent/roster/settle.ts";
import type { RosterAgent, RosterRole } from "#agent/roster.ts";

const ids = ["host:assistant", "host:a", "host:b", "host:c", "host:d"];

function agentOf(rosterId: string, role: RosterRole, named: string[], version: number): RosterAgent {
  return {
    rosterId,
    role,
    persona: rosterId,
    // Versions of one agent share an id; now and then two agents do.
    agentId: `local.home.${version === 0 ? "shared" : rosterId.slice("host:".length)}`,
    modelClass: "general",
    model: "default",
    tools: [],
    workers: role === "supervisor" ? named : [],
    delegates: role === "conversation" ? named : [],
    bounds: { maxRounds: 1, maxTokens: 1, maxWallMs: 1 },
    prompt: { ref: "systemPrompt", text: "x", hash: "x" },
    manifestHash: `${rosterId} ${version}`,
    origin: "home",
    file: `${rosterId}.yaml`,
  };
}

const rosters: fc.Arbitrary<Entries> = fc
  .uniqueArray(
    fc
      .tuple(
        fc.constantFrom(...ids),
        fc.constantFrom<RosterRole>("conversation", "supervisor", "worker"),
        fc.subarray(ids),
        fc.nat(9),
      )
      .map(([rosterId, role, named, version]) => agentOf(rosterId, role, named, version)),
    { selector: ({ rosterId }) => rosterId },
  )
  .map((agents) => new Map(agents.map((agent) => [agent.rosterId, { agent, placeOf: () => ({ file: agent.file }) }])));

const assistant = agentOf("host:assistant", "conversation", [], 1);
const alone: Entries = new Map([["host:assistant", { agent: assistant, placeOf: () => ({ file: assistant.file }) }]]);

/** What is not whole about a roster, found in another way than by the code under test. */
function flaws(entries: Entries): string[] {
  const agents = [...entries.values()].map(({ agent }) => agent);
  const found: string[] = [];
  if (entries.get("host:assistant")?.agent.role !== "conversation") found.push("there is no default agent");
  for (const { rosterId, workers, delegates } of agents) {
    for (const id of [...workers, ...delegates]) if (!entries.has(id)) found.push(`${rosterId} names ${id}`);
    for (const id of workers)
      if (entries.get(id)?.agent.role === "conversation") found.push(`${rosterId} directs ${id}`);
  }
  for (const one of agents) {
    for (const other of agents) {
      if (one.agentId === other.agentId && one.manifestHash !== other.manifestHash) found.push(`${one.agentId} is two`);
    }
  }
  // Without a circle, taking away those who name nobody that is left takes away everybody.
  let left = agents;
  for (;;) {
    const names = new Set(left.map(({ rosterId }) => rosterId));
    const rest = left.filter(({ workers, delegates }) => [...workers, ...delegates].some((id) => names.has(id)));
    if (rest.length === left.length) break;
    left = rest;
  }
  return left.length > 0 ? [...found, "there is a circle"] : found;
}

describe("any change of a roster", () => {
  it("leaves a whole one (E1)", () => {
    fc.assert(
      fc.property(fc.array(rosters, { minLength: 1, maxLength: 4 }), (changes) => {
        let last = alone;
        for (const wanted of changes) {
          last = settle(wanted, last).entries;
          assert.deepEqual(flaws(last), []);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("is taken as it is when it is whole, and only then without a problem", () => {
    fc.assert(
      fc.property(rosters, (wanted) => {
        const { entries, problems } = settle(wanted, alone);
        assert.equal(problems.length === 0, flaws(wanted).length === 0, JSON.stringify(flaws(wanted)));
        if (problems.length === 0) assert.deepEqual(entries, wanted);
      }),
      { numRuns: 1000 },
    );
  });

  it("takes every entry as it is wanted or as it was (E2)", () => {
    fc.assert(
      fc.property(rosters, rosters, (first, second) => {
        const last = settle(first, alone).entries;
        for (const [id, { agent }] of settle(second, last).entries) {
          assert.ok([second.get(id)?.agent, last.get(id)?.agent].includes(agent), id);
        }
      }),
      { numRuns: 500 },
    );
  });
});
