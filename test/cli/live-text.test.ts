import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LiveText, type Print } from "#cli/chat/live-text.ts";

type Step = [offset: number, text: string] | string;

/** What a reader sees: pieces as they come, then the final text; a new beginning is marked with ⟲. */
function seen(...steps: Step[]): string {
  const live = new LiveText();
  const prints = steps.map((step) => (typeof step === "string" ? live.final(step) : live.piece(...step)));
  return prints.map(textOf).join("");
}

function textOf(print: Print): string {
  if (print.kind === "nothing") return "";
  return print.kind === "anew" ? `⟲${print.text}` : print.text;
}

describe("text that arrives live", () => {
  for (const { name, steps, text } of [
    { name: "is shown piece by piece", steps: [[0, "Hel"], [3, "lo"], "Hello"], text: "Hello" },
    { name: "is shown whole when nothing came live", steps: ["Hello"], text: "Hello" },
    { name: "is completed by the final text", steps: [[0, "Hel"], "Hello"], text: "Hello" },
    { name: "is not repeated when a piece comes again", steps: [[0, "Hel"], [0, "Hel"], "Hello"], text: "Hello" },
    {
      name: "is not repeated when a reconnect brings the text so far",
      steps: [[0, "Hel"], [0, "Hello, wo"], "Hello, world"],
      text: "Hello, world",
    },
    { name: "takes what is new of a piece that overlaps", steps: [[0, "Hel"], [2, "llo"], "Hello"], text: "Hello" },
    { name: "leaves a piece behind a gap to the final text", steps: [[0, "Hel"], [4, "o"], "Hello"], text: "Hello" },
    { name: "ignores an old piece", steps: [[0, "Hello"], [1, "el"], "Hello"], text: "Hello" },
    {
      name: "is shown anew when the turn was begun anew",
      steps: [[0, "Good m"], [0, "Hi"], "Hi!"],
      text: "Good m⟲Hi!",
    },
    { name: "is shown anew when the final text is another", steps: [[0, "Good m"], "Hello"], text: "Good m⟲Hello" },
    {
      name: "is not shown anew for a piece in the middle that does not fit",
      steps: [[0, "Hello"], [1, "xx"], "Hello"],
      text: "Hello",
    },
  ] as { name: string; steps: Step[]; text: string }[]) {
    it(name, () => assert.equal(seen(...steps), text));
  }

  it("says which piece is the first", () => {
    const live = new LiveText();
    assert.deepEqual(live.piece(0, ""), { kind: "nothing" });
    assert.deepEqual(live.piece(0, "a"), { kind: "more", text: "a", first: true });
    assert.deepEqual(live.piece(1, "b"), { kind: "more", text: "b", first: false });
  });
});
