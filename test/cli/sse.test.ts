import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type SseEvent, SseParser } from "#cli/sse.ts";

function parse(...pieces: string[]): SseEvent[] {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

const one = (data: string, rest: Partial<SseEvent> = {}): SseEvent => ({
  event: "message",
  data,
  lastId: undefined,
  ...rest,
});

describe("the reader of event streams", () => {
  for (const { name, text, events } of [
    {
      name: "reads name, id and data",
      text: "id: 7\nevent: x\ndata: a\n\n",
      events: [one("a", { event: "x", lastId: "7" })],
    },
    { name: "calls an event without a name `message`", text: "data: a\n\n", events: [one("a")] },
    { name: "joins several data lines", text: "data: a\ndata: b\n\n", events: [one("a\nb")] },
    { name: "takes one space after the colon, no more", text: "data:  a\ndata:b\n\n", events: [one(" a\nb")] },
    { name: "understands CRLF", text: "event: x\r\ndata: a\r\n\r\n", events: [one("a", { event: "x" })] },
    { name: "understands CR alone", text: "event: x\rdata: a\r\r", events: [one("a", { event: "x" })] },
    { name: "ignores comments", text: ":keepalive\n\n: more\ndata: a\n\n", events: [one("a")] },
    { name: "ignores a byte order mark", text: "\uFEFFdata: a\n\n", events: [one("a")] },
    { name: "ignores unknown fields", text: "retry: 5\nfoo: x\ndata: a\n\n", events: [one("a")] },
    {
      name: "does not hand out an event without data",
      text: "id: 3\nevent: x\n\ndata: a\n\n",
      events: [one("a", { lastId: "3" })],
    },
    { name: "takes a field without a colon as empty", text: "data\n\n", events: [one("")] },
    {
      name: "keeps the last id for events that have none",
      text: "id: 3\ndata: a\n\ndata: b\n\n",
      events: [one("a", { lastId: "3" }), one("b", { lastId: "3" })],
    },
    { name: "ignores an id with a NUL", text: "id: 3\u0000\ndata: a\n\n", events: [one("a")] },
    { name: "does not hand out what the stream broke off", text: "data: a\n\ndata: b\n", events: [one("a")] },
  ]) {
    it(`${name}, wherever the text is cut`, () => {
      assert.deepEqual(parse(text), events);
      assert.deepEqual(parse(...text), events, "character by character");
      for (let cut = 0; cut <= text.length; cut += 1) {
        assert.deepEqual(parse(text.slice(0, cut), text.slice(cut)), events, `cut at ${cut}`);
      }
    });
  }

  it("goes on from the id it was given", () => {
    assert.deepEqual(new SseParser("12").push("data: a\n\n"), [one("a", { lastId: "12" })]);
  });

  it("gives up on an event without an end", () => {
    const parser = new SseParser();
    const line = `data: ${"x".repeat(1024 * 1024)}\n`;
    assert.throws(() => {
      for (let index = 0; index < 20; index += 1) parser.push(line);
    }, /no end/);
  });
});
