// A chat in a pseudo terminal of the operating system: what a PassThrough with `isTTY` cannot show.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeHome } from "./support/cli.ts";
import { openDouble } from "./support/double.ts";
import { EchoThread } from "./support/echo-thread.ts";
import { noPty, openPty } from "./support/pty.ts";

describe("a chat in a real terminal", { skip: noPty }, () => {
  for (const { name, env } of [
    { name: "a terminal with control sequences", env: {} },
    { name: "a terminal without (TERM=dumb)", env: { TERM: "dumb" } },
  ]) {
    it(`answers what is typed, and leaves with 0 at Ctrl-D: ${name}`, async (t) => {
      const thread = new EchoThread();
      const { url } = await openDouble(t, thread.routes);
      const chat = openPty(t, makeHome(t, url), ["chat"], env);
      await chat.sees(/Thread cli\./);
      chat.types("hello\r");
      await chat.sees(/You said hello\./);
      chat.types("\u0004");
      assert.equal(await chat.ended, 0);
    });
  }

  it("sends what is pasted as one message, and leaves the terminal as it found it", async (t) => {
    const thread = new EchoThread();
    const { url } = await openDouble(t, thread.routes);
    const chat = openPty(t, makeHome(t, url), ["chat"]);
    await chat.sees(/Thread cli\./);
    const lines = Array.from({ length: 150 }, (_, index) => `line ${index} of a text that somebody pastes`);
    assert.ok(chat.written().includes("\u001b[?2004h"), "the terminal is asked to mark pastes");
    chat.types(`\u001b[200~${lines.join("\r")}\u001b[201~`);
    await chat.sees(/149 pasted lines/);
    chat.types("\r");
    await chat.sees(/You said line 0/);
    chat.types("\u0004");
    assert.equal(await chat.ended, 0);
    const said = thread.sent.map(({ data }) => data as { role?: string; text?: string });
    assert.deepEqual(
      said.filter(({ role }) => role === "user").map(({ text }) => text),
      [lines.join("\n")],
    );
    assert.ok(chat.written().trimEnd().endsWith("\u001b[?2004l"), "pastes are no longer marked");
  });

  it("draws nothing on a terminal without control sequences; what is being typed is written again", async (t) => {
    const thread = new EchoThread();
    const { url } = await openDouble(t, thread.routes);
    const chat = openPty(t, makeHome(t, url), ["chat"], { TERM: "dumb" });
    await chat.sees(/Thread cli\.[^\n]*\r\nyou ▸ /);
    chat.types("and th");
    await chat.sees(/you ▸ and th$/);
    thread.say({ role: "user", text: "from elsewhere", runId: "run_7" });
    await chat.sees(/\nsomebody ▸ from elsewhere\r\nyou ▸ and th$/);
    chat.types("en?\r");
    await chat.sees(/\nassistant ▸ You said and then\?\.\r\nyou ▸ $/);
    chat.types("\u0004");
    assert.equal(await chat.ended, 0);
    assert.ok(!chat.written().includes("\u001b"), JSON.stringify(chat.written()));
  });
});
