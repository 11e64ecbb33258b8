import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withPiece } from "#cli/chat/live-text.ts";

type Piece = [offset: number, text: string];

describe("text that arrives live", () => {
  for (const { name, pieces, text } of [
    {
      name: "grows piece by piece",
      pieces: [
        [0, "Hel"],
        [3, "lo"],
      ],
      text: "Hello",
    },
    {
      name: "is not repeated when a piece comes again",
      pieces: [
        [0, "Hel"],
        [0, "Hel"],
      ],
      text: "Hel",
    },
    {
      name: "goes on after a reconnect brought the text so far",
      pieces: [
        [0, "Hel"],
        [0, "Hello, "],
        [7, "you"],
      ],
      text: "Hello, you",
    },
    {
      name: "takes what is new of a piece that overlaps",
      pieces: [
        [0, "Hel"],
        [2, "llo"],
      ],
      text: "Hello",
    },
    {
      name: "leaves a piece behind a gap out",
      pieces: [
        [0, "Hel"],
        [4, "o"],
      ],
      text: "Hel",
    },
    {
      name: "begins anew with the next round",
      pieces: [
        [0, "Let me see"],
        [0, "He"],
        [2, "re"],
      ],
      text: "Here",
    },
    {
      name: "begins anew also when the new round begins alike",
      pieces: [
        [0, "Hello"],
        [0, "He"],
        [2, "re"],
      ],
      text: "Here",
    },
    {
      name: "stays as it is when it grows beyond measure",
      pieces: [
        [0, "Hel"],
        [3, "x".repeat(300_000)],
      ],
      text: "Hel",
    },
  ] as { name: string; pieces: Piece[]; text: string }[]) {
    it(name, () => {
      const seen = pieces.reduce((before, [offset, piece]) => withPiece(before, { offset, text: piece }), "");
      assert.equal(seen, text);
    });
  }
});
