import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HELP, readCommand } from "#cli/chat/slash.ts";

describe("a line of a chat that begins with a slash", () => {
  for (const { line, command } of [
    { line: "/help", command: { command: "help" } },
    { line: "  /STATUS  ", command: { command: "status" } },
    { line: "/exit", command: { command: "quit" } },
    { line: "/cancel", command: { command: "stop" } },
    { line: "/agent", command: { command: "agent", name: undefined } },
    { line: "/agent chief", command: { command: "agent", name: "chief" } },
    { line: "/trace msg_1", command: { command: "trace", messageId: "msg_1" } },
    { line: "/approve", command: { command: "approve", number: undefined, text: undefined } },
    { line: "/approve 2", command: { command: "approve", number: 2, text: undefined } },
    { line: "/reject 2 not today", command: { command: "reject", number: 2, text: "not today" } },
    { line: "/reject 2nd thoughts", command: { command: "reject", number: undefined, text: "2nd thoughts" } },
    { line: "/answer next monday", command: { command: "answer", number: undefined, text: "next monday" } },
    { line: "/usr/bin is full", command: { command: "unknown", word: "/usr/bin" } },
    { line: "/", command: { command: "unknown", word: "/" } },
  ]) {
    it(`is read: ${line}`, () => assert.deepEqual(readCommand(line), command));
  }

  for (const line of ["hello", "a/b", "", "see /help"]) {
    it(`is something else when the slash is not its beginning: ${JSON.stringify(line)}`, () => {
      assert.equal(readCommand(line), undefined);
    });
  }

  it("is known when /help lists it", () => {
    for (const [usage] of HELP) assert.notEqual(readCommand(usage.split(" ")[0] ?? "")?.command, "unknown", usage);
  });
});
