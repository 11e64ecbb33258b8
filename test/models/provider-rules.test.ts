// The rules themselves: a check that finds nothing proves nothing.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkAnthropicHistory, checkOpenAiHistory } from "#test/support/provider-rules.ts";

const user = { role: "user", content: "Hi" };
const call = { id: "a", type: "function", function: { name: "look_up", arguments: "{}" } };
const asking = { role: "assistant", content: null, tool_calls: [call] };
const answer = { role: "tool", tool_call_id: "a", content: "found" };

describe("OpenAI's rules", () => {
  it("take a history with calls and results", () => {
    assert.deepEqual(
      checkOpenAiHistory({ messages: [{ role: "system", content: "Be kind." }, user, asking, answer, user] }),
      [],
    );
  });

  for (const { name, messages, says } of [
    { name: "no message", messages: [], says: /must not be empty/ },
    { name: "an empty message", messages: [{ role: "user", content: "" }], says: /content is empty/ },
    { name: "a system message in the middle", messages: [user, { role: "system", content: "x" }], says: /comes first/ },
    { name: "a call without a result", messages: [user, asking, user], says: /without a result: a/ },
    { name: "a call without a result at the end", messages: [user, asking], says: /the end/ },
    { name: "a result without a call", messages: [user, answer], says: /answers no open call/ },
    { name: "two results of one call", messages: [user, asking, answer, answer], says: /answers no open call/ },
    {
      name: "two calls of one id",
      messages: [user, { ...asking, tool_calls: [call, call] }, answer],
      says: /stands twice/,
    },
    {
      name: "arguments that are no JSON",
      messages: [user, { ...asking, tool_calls: [{ ...call, function: { name: "x", arguments: "{" } }] }, answer],
      says: /no JSON object/,
    },
    {
      name: "an empty list of calls",
      messages: [user, { role: "assistant", content: "x", tool_calls: [] }],
      says: /tool_calls is empty/,
    },
  ]) {
    it(`refuse ${name}`, () => assert.match(checkOpenAiHistory({ messages }).join("; "), says));
  }
});

const text = (value: string) => [{ type: "text", text: value }];
const use = { role: "assistant", content: [{ type: "tool_use", id: "a", name: "look_up", input: {} }] };
const found = { type: "tool_result", tool_use_id: "a", content: "found" };
const tools = [{ name: "look_up", input_schema: { type: "object" } }];

describe("Anthropic's rules", () => {
  const check = (messages: unknown[], more: object = {}) =>
    checkAnthropicHistory({ max_tokens: 9, tools, messages, ...more });

  it("take a history with calls and results", () => {
    assert.deepEqual(check([user, use, { role: "user", content: [found, ...text("And?")] }]), []);
  });

  for (const { name, problems, says } of [
    { name: "no limit", problems: check([user], { max_tokens: undefined }), says: /max_tokens/ },
    { name: "an empty system prompt", problems: check([user], { system: "" }), says: /system: is empty/ },
    {
      name: "a beginning of the assistant",
      problems: check([{ role: "assistant", content: "x" }, user]),
      says: /the first message/,
    },
    {
      name: "an end of the assistant",
      problems: check([user, { role: "assistant", content: "x" }]),
      says: /the last turn is the user's/,
    },
    { name: "two turns in a row", problems: check([user, user]), says: /two turns of the user/ },
    {
      name: "a system message among the others",
      problems: check([user, { role: "system", content: "x" }]),
      says: /unknown role/,
    },
    { name: "a blank text", problems: check([{ role: "user", content: text(" ") }]), says: /text block is empty/ },
    { name: "a call without a result", problems: check([user, use, user]), says: /do not match/ },
    { name: "a call without a result at the end", problems: check([user, use]), says: /the end/ },
    { name: "a result without a call", problems: check([{ role: "user", content: [found] }]), says: /do not match/ },
    {
      name: "a result behind a text",
      problems: check([user, use, { role: "user", content: [...text("x"), found] }]),
      says: /before any text/,
    },
    {
      name: "a call id that was used before",
      problems: check([user, use, { role: "user", content: [found] }, use, { role: "user", content: [found] }]),
      says: /was used before/,
    },
    {
      name: "a history with calls, but no tools",
      problems: check([user, use, { role: "user", content: [found] }], { tools: undefined }),
      says: /tools: must be there/,
    },
  ]) {
    it(`refuse ${name}`, () => assert.match(problems.join("; "), says));
  }
});
