// The offline model: what people see of it, and that it leads the shipped agents through a plan.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createScriptedProvider } from "#models/scripted.ts";
import type { ModelMessage, ModelRequest, ModelTool, ToolCall } from "#ports/model.ts";
import { answered, ask } from "./support/calls.ts";

const offline = createScriptedProvider();
const PARLEY = "openwop_parley_";

function tools(...names: string[]): ModelTool[] {
  return names.map((name) => ({ name: PARLEY + name, description: "", parameters: { type: "object" } }));
}

const equipment: Record<string, Partial<ModelRequest>> = {
  "host:assistant": { tools: tools("delegate", "time", "calculator", "notes_search", "notes_read") },
  "host:chief": { answerSchema: { name: "orchestrator_turn", schema: { type: "object" } } },
  "host:researcher": { tools: tools("notes_search", "notes_read", "time", "calculator") },
  "host:scribe": { tools: tools("notes_write", "notes_read") },
};

async function say(agent: string, ...messages: ModelMessage[]): Promise<{ text: string; calls: [string, unknown][] }> {
  const { text, toolCalls } = answered((await ask(offline, { agent, messages, ...equipment[agent] })).result);
  return { text, calls: toolCalls.map(({ name, arguments: args }) => [name.replace(PARLEY, ""), args]) };
}

const user = (text: string): ModelMessage => ({ role: "user", text });
const assistant = (text: string, toolCalls: ToolCall[] = []): ModelMessage => ({ role: "assistant", text, toolCalls });
const result = (tool: string, value: object | string, failed = false): ModelMessage => ({
  role: "tool",
  callId: "call_1",
  name: PARLEY + tool,
  text: typeof value === "string" ? value : JSON.stringify(value),
  ...(failed && { failed }),
});

describe("a chat with the offline model", () => {
  const talk: { message: string; before?: string[]; answer: RegExp }[] = [
    ...["Hello!", "hi", "Hi there :)", "good morning"].map((message) => ({
      message,
      answer: /^Hello! I am parley's offline model.*Say "help" to see what I can do\.$/,
    })),
    { message: "How are you?", answer: /^Running, and nothing lost so far/ },
    { message: "what is your name?", answer: /^I am the assistant of this parley/ },
    { message: "Are you an AI?", answer: /offline model behind me: a few fixed rules and no AI/ },
    ...["what can you do", "help", "How does this work?"].map((message) => ({
      message,
      answer:
        /^I am parley's offline model.*connect a model: in the console under Settings, or with `npx parley setup`\.$/s,
    })),
    { message: "thanks a lot", answer: /^You are welcome/ },
    { message: "goodbye", answer: /^Goodbye/ },
    { message: "what did I say?", before: ["hello"], answer: /^Before this you said: "hello"$/ },
    { message: "Do you remember what I said?", before: ["hello"], answer: /^Before this you said: "hello"$/ },
    { message: "what did I say?", answer: /^This is the first thing you said/ },
    { message: "how many messages", before: ["one", "two"], answer: /^You have sent 3 so far\.$/ },
    { message: "tell me a joke", answer: /queue/ },
    { message: "how do I connect a model?", answer: /under Settings, or with `npx parley setup`.*OpenAI.*Ollama/ },
    { message: "yes", answer: /^Good\. What shall I do next\?$/ },
    { message: "no", answer: /^As you like\.$/ },
    // Words of a known rule in a message of another kind do not bring its answer.
    ...[
      "nothing of this is known",
      "this is history",
      "I have no idea",
      "Translate hello to German",
      "Can you help me write a letter to my boss?",
      "Is it true that yes means no?",
      "Probe.",
      "?",
      "🙂",
      "{{user}} {{nonsense}}",
    ].map((message) => ({
      message,
      answer: new RegExp(
        `^I have no answer to "${RegExp.escape(message)}": I am parley's offline model.*Say "help".*connect a model`,
      ),
    })),
  ];
  for (const { message, before = [], answer } of talk) {
    it(`answers "${message}"${before.length > 0 ? ` after "${before.join('", "')}"` : ""}`, async () => {
      for (const agent of ["host:assistant", "host:somebody-else"]) {
        const { text, calls } = await say(agent, ...before.map(user), user(message));
        assert.match(text, answer);
        assert.deepEqual(calls, []);
      }
    });
  }

  it("comes in words that joined are the answer, costs nothing and says which model it is", async () => {
    const { result, pieces } = await ask(offline, { messages: [user("hello")] });
    const { text, usage, model, finishReason } = answered(result);
    assert.ok(pieces.length > 10);
    assert.equal(pieces.join(""), text);
    assert.equal(usage.costUsd, 0);
    assert.deepEqual([model, finishReason], ["offline-1", "stop"]);
  });

  it("comes in no more than 200 pieces, however long it is", async () => {
    const { pieces, result } = await ask(offline, { messages: [user("word ".repeat(50_000))] });
    assert.ok(pieces.length <= 200);
    assert.equal(pieces.join(""), answered(result).text);
  });

  it("is not held up by a message made to be searched for ever", async () => {
    const hostile = "find search note notes about ".repeat(20_000);
    const startedMs = performance.now();
    await say("host:assistant", user(hostile));
    assert.ok(performance.now() - startedMs < 2000);
  });

  it("stops with the signal's reason in the middle of a slow answer", async () => {
    const slow = createScriptedProvider({ delayMs: 20 });
    const controller = new AbortController();
    const pieces: string[] = [];
    const request = { model: "offline", messages: [user("hello")], requestId: "r" };
    const call = slow.generate(
      request,
      (piece) => {
        pieces.push(piece);
        if (pieces.length === 2) controller.abort(new Error("stopped by the person"));
      },
      controller.signal,
    );
    await assert.rejects(call, { message: "stopped by the person" });
    assert.equal(pieces.length, 2);
  });
});

describe("the offline assistant", () => {
  for (const { message, call } of [
    ...[
      "plan a picnic and save the plan as a note",
      "Please plan a trip to Rome and save it as a note.",
      "can you plan something?",
      "save a note that says: buy milk",
    ].map((message) => ({ message, call: ["delegate", { to: "host:chief", task: message }] })),
    ...["remember to buy milk", "Please remember that I buy milk.", "write down: buy milk"].map((message) => ({
      message,
      call: [
        "delegate",
        { to: "host:chief", task: `Save a note that says: ${message.includes("I") ? "I " : ""}buy milk` },
      ],
    })),
    { message: "2 plus -3", call: ["calculator", { expression: "2 + -3" }] },
    { message: "What is 6 times 7?", call: ["calculator", { expression: "6 * 7" }] },
    { message: "10 divided by 4", call: ["calculator", { expression: "10 / 4" }] },
    { message: "what time is it?", call: ["time", {}] },
    { message: "What is the date", call: ["time", {}] },
    { message: "what is 12*7", call: ["calculator", { expression: "12*7" }] },
    { message: "calculate sqrt(2) + 1", call: ["calculator", { expression: "sqrt(2) + 1" }] },
    { message: "What's 15% of 80?", call: ["calculator", { expression: "percent(15, 80)" }] },
    { message: "find my notes about the picnic", call: ["notes_search", { query: "picnic" }] },
    { message: "what do my notes say about Rome?", call: ["notes_search", { query: "Rome" }] },
    { message: "read the note picnic", call: ["notes_read", { name: "picnic" }] },
  ]) {
    it(`uses a tool for "${message}"`, async () => {
      assert.deepEqual((await say("host:assistant", user(message))).calls, [call]);
    });
  }

  for (const { message, answer } of [
    {
      message: "What can you do for me?",
      answer: /\n- plan a picnic and save the plan as a note\n- remember to buy milk\n/,
    },
    {
      message: "What's the time in New York?",
      answer: /only know the clock of this computer, not the one in New York/,
    },
    { message: "Remind me to buy milk tomorrow", answer: /cannot come back to you.*"remember to …"/ },
    { message: "Show me my notes", answer: /cannot list your notes.*"find my notes about milk"/ },
  ]) {
    it(`says what it cannot do, and what instead, to "${message}"`, async () => {
      const { text, calls } = await say("host:assistant", user(message));
      assert.match(text, answer);
      assert.deepEqual(calls, []);
    });
  }

  it("says a percentage as it was asked for", async () => {
    const answer = result("calculator", { expression: "percent(15, 80)", result: "12", exact: true });
    const { text } = await say("host:assistant", user("What is 15% of 80?"), assistant("", []), answer);
    assert.equal(text, "15% of 80 = 12");
  });

  it("does not call what it was not given", async () => {
    const { result } = await ask(offline, { agent: "host:assistant", messages: [user("what time is it?")] });
    assert.deepEqual(answered(result).toolCalls, []);
  });

  it("gives each call of a conversation an id of its own", async () => {
    const first = { callId: "call_1", name: `${PARLEY}time`, arguments: {} };
    const messages = [
      user("what time is it?"),
      assistant("", [first]),
      result("time", {}),
      assistant("It is."),
      user("what time is it?"),
    ];
    const { result: again } = await ask(offline, { agent: "host:assistant", messages, ...equipment["host:assistant"] });
    assert.deepEqual(
      answered(again).toolCalls.map(({ callId }) => callId),
      ["call_2"],
    );
  });

  for (const { name, message, answer } of [
    {
      name: "the answer of a colleague",
      message: result("delegate", { status: "completed", answer: "I planned a picnic.", runId: "run_1" }),
      answer: /^I planned a picnic\.$/,
    },
    {
      name: "why a colleague did not finish",
      message: result("delegate", "The colleague did not finish. It was stopped.", true),
      answer: /^That did not work\. The colleague did not finish\. It was stopped\.$/,
    },
    {
      name: "the time",
      message: result("time", { localTime: "14:05", weekday: "Friday", date: "2026-03-06", timeZone: "Europe/Berlin" }),
      answer: /^It is 14:05 on Friday, 2026-03-06 \(Europe\/Berlin\)\.$/,
    },
    {
      name: "a result",
      message: result("calculator", { expression: "12*7", result: "84", exact: true }),
      answer: /^12\*7 = 84$/,
    },
    {
      name: "why there is no result",
      message: result("calculator", "division by zero", true),
      answer: /^I could not work that out\. division by zero$/,
    },
    {
      name: "what notes say",
      message: result("notes_search", { query: "picnic", notes: [{ name: "food", snippet: "bread\nand cheese" }] }),
      answer: /^This is what your notes say about "picnic":\n\n- food: bread and cheese$/,
    },
    {
      name: "that notes say nothing",
      message: result("notes_search", { query: "owls", notes: [] }),
      answer: /^I found nothing about "owls"/,
    },
  ]) {
    it(`says ${name}`, async () => {
      assert.match((await say("host:assistant", user("?"), assistant("", []), message)).text, answer);
    });
  }
});

describe("the offline chief", () => {
  const TASK = "plan a picnic and save the plan as a note";
  const PLAN = "# Plan for a picnic\n\n- Food: bread";
  const toResearcher = (task: string) => ({
    decision: { kind: "next-worker", nextWorkerIds: ["agent-researcher"] },
    task,
  });
  const toScribe = (task: string) => ({ decision: { kind: "next-worker", nextWorkerIds: ["agent-scribe"] }, task });
  const end = (reason: string, answer: string) => ({ decision: { kind: "terminate", reason }, answer });

  for (const { name, said, turn } of [
    {
      name: "sends the researcher first",
      said: [TASK],
      turn: toResearcher("Make a short plan for a picnic. Look into the notes first."),
    },
    {
      name: "then hands the plan to the scribe",
      said: [TASK, `Result of agent-researcher:\n${PLAN}`],
      turn: toScribe(`Save this as a note named picnic: ${PLAN}`),
    },
    {
      name: "uses the name that the person gave the note",
      said: ["plan a picnic and save it as a note called sunday", `Result of agent-researcher: ${PLAN}`],
      turn: toScribe(`Save this as a note named sunday: ${PLAN}`),
    },
    {
      name: "ends with what was planned and where it lies",
      said: [TASK, `Result of agent-researcher:\n${PLAN}`, "Result of agent-scribe: Saved as notes/picnic.md."],
      turn: end("goal-reached", "I planned a picnic and saved the plan as notes/picnic.md.\n\n- Food: bread"),
    },
    {
      name: "keeps no note that nobody asked for",
      said: ["plan a picnic", `Result of agent-researcher: ${PLAN}`],
      turn: end("goal-reached", "This is a plan for a picnic.\n\n- Food: bread"),
    },
    {
      name: "asks when there is nothing to plan",
      said: ["plan something and save it as a note"],
      turn: { decision: { kind: "ask-user", prompt: "What shall I plan?" } },
    },
    {
      name: "goes on with what the person answers",
      said: ["plan something", "Answer of the user: a birthday party"],
      turn: toResearcher("Make a short plan for a birthday party. Look into the notes first."),
    },
    {
      name: "keeps what was asked before the answer in mind",
      said: [
        "plan something and save it as a note",
        "Answer of the user: a party",
        "Result of agent-researcher: # Plan for a party\n\n- Cake",
      ],
      turn: toScribe("Save this as a note named party: # Plan for a party\n\n- Cake"),
    },
    {
      name: "sends a ready text straight to the scribe",
      said: ["save a note that says: buy milk"],
      turn: toScribe("Save this as a note named buy-milk: buy milk"),
    },
    {
      name: "is honest when the note was refused",
      said: [
        TASK,
        `Result of agent-researcher: ${PLAN}`,
        "Result of agent-scribe: It was not saved, because it was refused.",
      ],
      turn: end(
        "unrecoverable-error",
        "I planned a picnic, but the plan could not be kept as a note. It was not saved, because it was refused.\n\n- Food: bread",
      ),
    },
    {
      name: "is honest when the research failed",
      said: [TASK, "Result of agent-researcher: It failed: the model did not answer."],
      turn: end("unrecoverable-error", "The research did not come to an end. It failed: the model did not answer."),
    },
  ]) {
    it(name, async () => {
      const messages = said.flatMap((text, index) => (index === 0 ? [user(text)] : [assistant("{}"), user(text)]));
      const { text } = await say("host:chief", { role: "system", text: "You lead." }, ...messages);
      assert.deepEqual(JSON.parse(text), turn);
    });
  }
});

describe("the offline researcher", () => {
  const task = user("Make a short plan for a trip to Rome. Look into the notes first.");

  it("looks into the notes and at the clock at the same time", async () => {
    assert.deepEqual((await say("host:researcher", task)).calls, [
      ["notes_search", { query: "trip to Rome" }],
      ["time", {}],
    ]);
  });

  it("then writes a plan with what the notes hold", async () => {
    const search = result("notes_search", { query: "trip to Rome", notes: [{ name: "rome", snippet: "ask Anna" }] });
    const time = result("time", { weekday: "Friday", date: "2026-03-06" });
    const { text, calls } = await say("host:researcher", task, assistant("", []), search, time);
    assert.match(text, /^# Plan for a trip to Rome\n\n- /);
    assert.match(text, /Friday 2026-03-06/);
    assert.match(text, /From the notes:\n- rome: ask Anna$/);
    assert.deepEqual(calls, []);
  });

  it("also when the notes could not be searched", async () => {
    const { text } = await say(
      "host:researcher",
      task,
      assistant("", []),
      result("notes_search", "no folder", true),
      result("time", {}),
    );
    assert.match(text, /^# Plan for a trip to Rome/);
  });
});

describe("the offline scribe", () => {
  const long = `# Plan\n\n${"- a line of it\n".repeat(2000)}`.trim();

  it("writes the note as told, whole", async () => {
    const { calls } = await say("host:scribe", user(`Save this as a note named trips/rome: ${long}`));
    assert.deepEqual(calls, [["notes_write", { name: "trips/rome", text: long }]]);
  });

  for (const { name, message, answer } of [
    {
      name: "where it was saved",
      message: result("notes_write", { path: "notes/rome.md" }),
      answer: "Saved as notes/rome.md.",
    },
    {
      name: "that it was refused",
      message: result("notes_write", "This was refused and not done.", true),
      answer: "It was not saved, because it was refused. This was refused and not done.",
    },
    {
      name: "why it failed",
      message: result("notes_write", "The disk is full.", true),
      answer: "It was not saved. The disk is full.",
    },
  ]) {
    it(`says ${name}`, async () => {
      assert.equal(
        (await say("host:scribe", user("Save this as a note named x: y"), assistant("", []), message)).text,
        answer,
      );
    });
  }
});

describe("an answer of a given shape that no rule knows", () => {
  it("is the smallest document that fits", async () => {
    const schema = {
      type: "object",
      properties: {
        mood: { enum: ["good", "bad"] },
        words: { type: "string", maxLength: 8 },
        count: { type: "integer", minimum: 3 },
        list: { type: "array", minItems: 1, items: { type: "boolean" } },
        choice: {
          oneOf: [{ type: "object", properties: { kind: { const: "a" } }, required: ["kind"] }, { type: "null" }],
        },
        extra: { type: "string" },
      },
      required: ["mood", "words", "count", "list", "choice"],
    };
    const { result } = await ask(offline, { messages: [user("?")], answerSchema: { name: "verdict", schema } });
    assert.deepEqual(JSON.parse(answered(result).text), {
      mood: "good",
      words: "You said",
      count: 3,
      list: [false],
      choice: { kind: "a" },
    });
  });

  it("is an honest end for a supervisor that the script does not know", async () => {
    const { result } = await ask(offline, { agent: "host:boss", messages: [user("lead")], ...equipment["host:chief"] });
    assert.partialDeepStrictEqual(JSON.parse(answered(result).text), { decision: { kind: "terminate" } });
  });
});
