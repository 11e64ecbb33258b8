// The offline model: answers from a short list of rules, always the same for the same conversation.
// It needs no key and no network, so that parley can be tried, and tested, as it is.

import type { ModelMessage, ModelProvider, ModelRequest, ModelResult } from "#ports/model.ts";

interface Rule {
  /** Words of which one must stand in the message, in lower case. */
  words: readonly string[];
  answer: (message: string, history: readonly ModelMessage[]) => string;
}

const MODEL_NAME = "offline-1";
/** Rough length of a token in English text. */
const CHARACTERS_PER_TOKEN = 4;

const rules: readonly Rule[] = [
  {
    words: ["hello", "hi", "hey", "good morning", "good evening"],
    answer: () => "Hello! I am parley's offline model. I answer from a few fixed rules until you connect a real one.",
  },
  { words: ["how are you"], answer: () => "Running, and nothing lost so far. What can I do for you?" },
  {
    words: ["who are you", "what are you", "your name"],
    answer: () => "I am the assistant of this parley, for now with the offline model behind me.",
  },
  {
    words: ["what can you do", "help"],
    answer: () => "I can chat a little, repeat what you said before, and show that messages survive a restart.",
  },
  { words: ["thank"], answer: () => "You are welcome." },
  { words: ["bye", "goodbye", "see you"], answer: () => "Goodbye. This conversation will be here when you come back." },
  {
    words: ["what did i say", "what did i just say", "repeat my last", "remember"],
    answer: (_message, history) => {
      const earlier = history.filter((message) => message.role === "user").at(-2);
      return earlier ? `Before this you said: "${earlier.text}"` : "This is the first thing you said to me here.";
    },
  },
  {
    words: ["how many messages"],
    answer: (_message, history) => `You have sent ${history.filter(({ role }) => role === "user").length} so far.`,
  },
  { words: ["joke"], answer: () => "A message walked into a queue. It is still in order." },
  {
    words: ["api key", "real model", "connect a model"],
    answer: () => "Name a provider under `models.default` in parley.yaml; the commented example shows how.",
  },
  { words: ["yes"], answer: () => "Good." },
  { words: ["no"], answer: () => "As you like." },
];

/** The answer to the last user message. */
export function answerOffline(history: readonly ModelMessage[]): string {
  const message = history.findLast((entry) => entry.role === "user")?.text ?? "";
  const text = ` ${message.toLowerCase().replace(/[^\p{L}\p{N}']+/gu, " ")} `;
  const rule = rules.find(({ words }) => words.some((word) => hasWord(text, word)));
  return rule ? rule.answer(message, history) : `You said: "${message.trim()}". (This is the offline model.)`;
}

function hasWord(text: string, word: string): boolean {
  // "thank" also stands for "thanks" and "thanking"; short words must stand alone.
  return text.includes(word.length > 3 ? ` ${word}` : ` ${word} `);
}

export function createScriptedProvider(): ModelProvider {
  return {
    provider: "scripted",
    async generate(request: ModelRequest, onText, signal): Promise<ModelResult> {
      signal.throwIfAborted();
      const text = answerOffline(request.messages);
      onText(text);
      const inputTokens = tokensOf(request.messages.map((message) => message.text).join("\n"));
      const usage = { inputTokens, outputTokens: tokensOf(text), costUsd: 0 };
      return { outcome: "answered", text, usage, finishReason: "stop", model: MODEL_NAME };
    },
  };
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}
