import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answerCommands, cardLines, exactJson } from "#cli/card.ts";
import type { PendingInterrupt } from "#protocol/interrupts.ts";

const nowMs = Date.parse("2026-01-01T00:00:00.000Z");

function item(kind: PendingInterrupt["kind"], data: object, rest: object = {}): PendingInterrupt {
  const requestedAt = "2026-01-01T00:00:00.000Z";
  return { interruptId: "int_1", runId: "run_1", nodeId: "gate", kind, data: { ...data }, requestedAt, ...rest };
}

describe("the card of a question", () => {
  it("shows long arguments whole", () => {
    const text = "x".repeat(5000);
    const items = [{ callId: "c", toolName: "t", arguments: { text }, argsHash: "h" }];
    const lines = cardLines(
      item("approval", { title: "T", artifactType: "tool-call", artifactData: { items } }),
      nowMs,
    );
    assert.ok(lines.join("\n").includes(text));
  });

  it("shows a text of several lines as such, further in than any name, and nothing in it hides", () => {
    const text = 'One\n\n  name: "other"\u202e\r\tend\n';
    const items = [{ callId: "c", toolName: "t", arguments: { text, tags: ["a"], n: 1 }, argsHash: "h" }];
    const lines = cardLines(
      item("approval", { title: "T", artifactType: "tool-call", artifactData: { items } }),
      nowMs,
    );
    assert.deepEqual(lines, [
      "T",
      "  t",
      "    text:",
      "      One",
      "",
      '        name: "other"\\u202e\\r\\tend',
      "",
      "    tags: [",
      '      "a"',
      "    ]",
      "    n: 1",
    ]);
  });

  it("shows nothing of an approval that is about nothing but its title", () => {
    assert.deepEqual(cardLines(item("approval", { title: "Ship it?", artifactData: {} }), nowMs), ["Ship it?"]);
  });

  it("shows every call of a round", () => {
    const items = ["one", "two"].map((toolName) => ({ callId: toolName, toolName, arguments: {}, argsHash: "h" }));
    const lines = cardLines(
      item("approval", { title: "T", artifactType: "tool-call", artifactData: { items } }),
      nowMs,
    );
    assert.deepEqual(lines, ["T", "  one", "  {}", "  two", "  {}"]);
  });

  it("lets nothing in a title or a text move the cursor or turn the direction", () => {
    const lines = cardLines(item("approval", { title: "a\u001b[2Jb\u202ec", description: "d\u0007\ne\u2066" }), nowMs);
    assert.deepEqual(lines, ["ab\\u202ec", "d", "e\\u2066"]);
  });

  it("numbers the questions when there are several, with their choices", () => {
    const questions = [
      { id: "a", question: "Which day?", schema: { enum: ["monday", "friday"] } },
      { id: "b", question: "How many?" },
    ];
    assert.deepEqual(cardLines(item("clarification", { questions }), nowMs), [
      "1. Which day? (monday, friday)",
      "2. How many?",
    ]);
  });

  for (const { expiresAt, says } of [
    { expiresAt: "2026-01-01T00:00:50.000Z", says: "50 s left" },
    { expiresAt: "2026-01-01T00:30:00.000Z", says: "30 min left" },
    { expiresAt: "2026-01-02T00:00:00.000Z", says: "24 h left" },
    { expiresAt: "2025-12-31T00:00:00.000Z", says: "over" },
  ]) {
    it(`says until when it can be answered: ${says}`, () => {
      const [, last] = cardLines(item("approval", { title: "T" }, { expiresAt }), nowMs);
      assert.match(last ?? "", new RegExp(`^Open until 202.*\\(${says}\\)\\.$`));
    });
  }
});

describe("exact JSON", () => {
  it("is the value again when it is read", () => {
    const value = { text: "a\u200bb\u202e\u007f\u00ad\ufeff\n\u2028" };
    assert.deepEqual(JSON.parse(exactJson(value)), value);
    assert.match(exactJson(value), /^[\x20-\x7e\n]+$/);
  });
});

describe("the commands that answer a question", () => {
  for (const { name, asked, commands } of [
    {
      name: "approve or reject an approval",
      asked: item("approval", { title: "T" }),
      commands: [
        "parley interrupts answer run_1 gate --accept",
        'parley interrupts answer run_1 gate --reject --feedback "why not"',
      ],
    },
    {
      name: "name every question of a clarification",
      asked: item("clarification", {
        questions: [
          { id: "a", question: "A?" },
          { id: "b", question: "B?" },
        ],
      }),
      commands: ["parley interrupts answer run_1 gate --answer a=… --answer b=…"],
    },
    {
      name: "take JSON for everything else",
      asked: item("custom", { customKind: "x" }),
      commands: ["parley interrupts answer run_1 gate --value JSON"],
    },
  ]) {
    it(name, () => assert.deepEqual(answerCommands(asked), commands));
  }
});
