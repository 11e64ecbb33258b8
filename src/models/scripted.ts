// The offline model: plays a script, always the same for the same conversation. It needs no key and no network, so that
// parley can be tried, and tested, as it is. What it says stands in scripted/offline.yaml.

import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { ModelProvider, ModelRequest, ModelResult, ToolCall } from "#ports/model.ts";
import { isJsonObject } from "#protocol/json.ts";
import { exampleOf } from "./scripted/example-of.ts";
import { parseScript } from "./scripted/parse.ts";
import { findRule, type Scene, sceneOf } from "./scripted/scene.ts";
import type { Script } from "./scripted/script.ts";
import { renderTree } from "./scripted/template-tree.ts";
import { render, type Scope } from "./scripted/templates.ts";
import { requestTokens, tokensOf } from "./tokens.ts";

export interface ScriptedOptions {
  /** Absent: the one that parley ships. */
  script?: Script;
  /** A pause before each piece of text, so that one can watch it come. Absent: none. */
  delayMs?: number;
}

const MODEL_NAME = "offline-1";
const SHIPPED_SCRIPT = new URL("./scripted/offline.yaml", import.meta.url);
/** A long answer comes in bigger pieces. */
const MAX_PIECES = 200;

export function createScriptedProvider(options: ScriptedOptions = {}): ModelProvider {
  const { delayMs = 0 } = options;
  let script: Promise<Script> | undefined;
  return {
    provider: "scripted",
    async generate(request, onText, signal): Promise<ModelResult> {
      signal.throwIfAborted();
      // Read with the first call: a start does not wait for it.
      script ??= options.script ? Promise.resolve(options.script) : readShippedScript();
      const { text, toolCalls } = play(await script, request);
      for (const piece of piecesOf(text)) {
        if (delayMs > 0) await pause(delayMs, undefined, { signal }).catch(() => undefined);
        signal.throwIfAborted();
        onText(piece);
      }
      const written = text + toolCalls.map((call) => call.name + JSON.stringify(call.arguments)).join("");
      return {
        outcome: "answered",
        text,
        toolCalls,
        usage: { inputTokens: requestTokens(request), outputTokens: tokensOf(written), costUsd: 0 },
        finishReason: toolCalls.length > 0 ? "tool-calls" : "stop",
        model: MODEL_NAME,
      };
    },
  };
}

async function readShippedScript(): Promise<Script> {
  const parsed = await parseScript(await readFile(SHIPPED_SCRIPT, "utf8"));
  if (parsed.outcome === "script") return parsed.script;
  throw new Error(`The offline model's own script is damaged: ${parsed.problems.join("; ")}`);
}

interface Part {
  text: string;
  toolCalls: ToolCall[];
}

function play(script: Script, request: ModelRequest): Part {
  const scene = sceneOf(request);
  const found = findRule(script, request.agent, scene);
  if (!found) return { text: withoutRule(request, scene), toolCalls: [] };
  const { act } = found.rule;
  switch (act.kind) {
    case "say":
      return { text: render(act.text, found.scope), toolCalls: [] };
    case "answer":
      return { text: JSON.stringify(renderTree(act.document, found.scope)), toolCalls: [] };
    case "call":
      return {
        text: act.text ? render(act.text, found.scope) : "",
        toolCalls: act.calls.map((call, index) => ({
          // Counted through the conversation: no two calls of it share an id.
          callId: `call_${scene.callsMade + index + 1}`,
          name: call.tool,
          arguments: argumentsOf(call.arguments, found.scope),
        })),
      };
  }
}

function argumentsOf(tree: Parameters<typeof renderTree>[0], scope: Scope): ToolCall["arguments"] {
  const value = renderTree(tree, scope);
  return isJsonObject(value) ? value : {};
}

function withoutRule({ answerSchema }: ModelRequest, scene: Scene): string {
  const text = `You said: "${scene.said.at(-1) ?? ""}". (This is the offline model.)`;
  return answerSchema ? JSON.stringify(exampleOf(answerSchema.schema, text)) : text;
}

/** Word by word, the spaces with the word before. */
function piecesOf(text: string): string[] {
  const words = text.match(/\s*\S+\s*/g) ?? (text === "" ? [] : [text]);
  const perPiece = Math.ceil(words.length / MAX_PIECES);
  if (perPiece <= 1) return words;
  const pieces: string[] = [];
  for (let at = 0; at < words.length; at += perPiece) pieces.push(words.slice(at, at + perPiece).join(""));
  return pieces;
}
