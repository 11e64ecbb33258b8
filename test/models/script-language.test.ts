// The language of the offline model's scripts.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseScript } from "#models/scripted/parse.ts";
import { createScriptedProvider } from "#models/scripted.ts";
import type { ModelMessage } from "#ports/model.ts";
import { answered, ask, lookUp } from "./support/calls.ts";

async function play(yaml: string, messages: ModelMessage[], agent = "host:x") {
  const parsed = await parseScript(yaml);
  assert.ok(parsed.outcome === "script", JSON.stringify(parsed));
  const provider = createScriptedProvider({ script: parsed.script });
  return answered((await ask(provider, { agent, messages, tools: [lookUp] })).result);
}

const asked: ModelMessage[] = [{ role: "user", text: "look up owls" }];
const looked = (results: number): ModelMessage[] => [
  ...asked,
  ...Array.from({ length: results }, (_, index): ModelMessage[] => [
    { role: "assistant", text: "", toolCalls: [{ callId: `c${index}`, name: "look_up", arguments: {} }] },
    { role: "tool", callId: `c${index}`, name: "look_up", text: '{"found":[{"name":"barn owl"}],"next":{"page":2}}' },
  ]).flat(),
];

describe("a script", () => {
  const counting = `
    agents:
      host:x:
        - when: { answered: look_up, results: { look_up: 2 } }
          say: "Enough: {{result.found | list name}}"
        - when: { answered: look_up }
          say: "One more."
          call: { tool: look_up, with: { query: "page {{result.next.page}}", deep: [true, 3] } }
        - when: { user: 'look up (?<what>\\w+)' }
          call: { tool: look_up, with: { query: "{{what}}" } }
    everyone:
      - say: "What {{missing_thing | else (nothing)}}?"
  `;

  it("calls a tool with values out of the message", async () => {
    const { toolCalls } = await play(counting, asked);
    assert.deepEqual(toolCalls, [{ callId: "call_1", name: "look_up", arguments: { query: "owls" } }]);
  });

  it("can say something and call again, with values out of the result", async () => {
    const { text, toolCalls } = await play(counting, looked(1));
    assert.equal(text, "One more.");
    assert.deepEqual(toolCalls[0]?.arguments, { query: "page 2", deep: [true, 3] });
  });

  it("can count the results since the person spoke", async () => {
    assert.equal((await play(counting, looked(2))).text, "Enough: - barn owl");
    const later = [...looked(2), { role: "assistant", text: "Enough." } as const, ...looked(1)];
    assert.equal((await play(counting, later)).text, "One more.");
  });

  it("falls back on the rules for everyone, and they on none", async () => {
    assert.equal((await play(counting, asked, "host:y")).text, "What (nothing)?");
    assert.match((await play("agents: {}", asked)).text, /^You said: "look up owls"/);
  });

  it("looks at what failed and why", async () => {
    const yaml = `
      everyone:
        - when: { answered: look_up, failed: true, result: 'no (?<thing>\\w+)' }
          say: "There is no {{thing}}{{resultAfter}}"
        - when: { answered: look_up, failed: true }
          say: "It failed."
    `;
    const failing = (text: string): ModelMessage[] => [
      ...looked(1).slice(0, 2),
      { role: "tool", callId: "c0", name: "look_up", text, failed: true },
    ];
    assert.equal((await play(yaml, failing("no network, sorry"))).text, "There is no network, sorry");
    assert.equal((await play(yaml, failing("broken"))).text, "It failed.");
  });
});

describe("a script that cannot be used is refused in words that say where and what", () => {
  for (const { name, yaml, says } of [
    { name: "no YAML", yaml: "everyone: [", says: /line 1/ },
    { name: "a text", yaml: "hello", says: /^the script: must be keys and values$/ },
    {
      name: "an unknown key at the top",
      yaml: "everyon: []",
      says: /^the script: unknown key everyon; did you mean everyone\?$/,
    },
    {
      name: "an unknown condition",
      yaml: "everyone: [{ when: { word: [x] }, say: y }]",
      says: /^everyone\[0\]\.when: unknown key word; did you mean words\?$/,
    },
    {
      name: "rules that are no list",
      yaml: "agents: { host:x: { say: hi } }",
      says: /^agents\.host:x: must be a list of rules$/,
    },
    {
      name: "an expression that is none",
      yaml: "everyone: [{ when: { user: '(' }, say: y }]",
      says: /^everyone\[0\]\.when\.user: Invalid regular expression/,
    },
    { name: "a rule that does nothing", yaml: "everyone: [{ when: {} }]", says: /^everyone\[0\]: must say something/ },
    {
      name: "a rule that does too much",
      yaml: "everyone: [{ say: x, answer: {} }]",
      says: /^everyone\[0\]: must say something/,
    },
    {
      name: "a name that stands for nothing",
      yaml: "everyone: [{ say: '{{usr}}' }]",
      says: /^everyone\[0\]: \{\{usr\}\} stands for nothing; known here: user, before/,
    },
    {
      name: "an unknown filter",
      yaml: "everyone: [{ say: '{{user | loud}}' }]",
      says: /^everyone\[0\]\.say: \{\{user \| loud\}\}: unknown filter loud; known: slug/,
    },
    {
      name: "a condition on a failure of nothing",
      yaml: "everyone: [{ when: { failed: true }, say: x }]",
      says: /^everyone\[0\]\.when\.failed: needs answered$/,
    },
    {
      name: "words that are no list",
      yaml: "everyone: [{ when: { words: hi }, say: x }]",
      says: /^everyone\[0\]\.when\.words: must be a list of words$/,
    },
    {
      name: "a call of nothing",
      yaml: "everyone: [{ call: { with: {} } }]",
      says: /^everyone\[0\]\.call\[0\]\.tool: must be the name of a tool$/,
    },
    {
      name: "counts that are none",
      yaml: "everyone: [{ when: { results: { x: many } }, say: x }]",
      says: /must name tools, each with a whole number$/,
    },
  ]) {
    it(name, async () => {
      const parsed = await parseScript(yaml);
      assert.ok(parsed.outcome === "problems", "it was taken");
      assert.match(parsed.problems[0] ?? "", says);
    });
  }

  it("all problems at once", async () => {
    const parsed = await parseScript("everyone: [{ when: { failed: maybe }, say: 7 }, 5]");
    assert.ok(parsed.outcome === "problems");
    assert.equal(parsed.problems.length, 5, parsed.problems.join("\n"));
  });
});
