// A conversation as the Messages API takes it: the system apart, and turns that alternate between user and assistant.
// Results of tools belong to the user's turn, all of one answer's in the same message and before any text.

import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  Tool,
} from "@anthropic-ai/sdk/resources/messages";
import type { ModelMessage, ModelRequest } from "#ports/model.ts";
import type { JsonObject } from "#protocol/json.ts";
import { withFittingIds } from "./call-ids.ts";

/** The API insists on a limit; this is enough for a long page. */
const DEFAULT_MAX_TOKENS = 4096;
/** Stands first when a history does not begin with the person: the API wants it to. */
const OPENING = "(The conversation so far.)";

/** Without a temperature: the API takes none any more. */
export function anthropicBody(request: ModelRequest): MessageCreateParamsStreaming {
  const { model, maxOutputTokens } = request;
  const system = request.messages.flatMap(({ role, text }) => (role === "system" && text !== "" ? [text] : []));
  return {
    model,
    max_tokens: maxOutputTokens ?? DEFAULT_MAX_TOKENS,
    stream: true,
    ...(system.length > 0 ? { system: system.join("\n\n") } : {}),
    messages: anthropicMessages(request.messages),
    ...toolsOf(request),
  };
}

/**
 * An answer of a given shape is asked for as a tool that must be called: its arguments are the answer. Beside other
 * tools any one of them must be called, so that the model can use them first.
 */
function toolsOf({ tools = [], answerSchema, messages }: ModelRequest): Partial<MessageCreateParamsStreaming> {
  const offered = tools.map(({ name, description, parameters }) => toolOf(name, description, parameters));
  if (answerSchema) {
    const { name, schema } = answerSchema;
    const answer = toolOf(name, "Gives the answer.", schema);
    const only = { type: "tool", name, disable_parallel_tool_use: true } as const;
    return { tools: [...offered, answer], tool_choice: offered.length > 0 ? { type: "any" } : only };
  }
  if (offered.length > 0) return { tools: offered };
  // A history with calls is refused unless tools are named. These are not for calling.
  const used = new Set(messages.flatMap((message) => (message.role === "tool" ? [message.name] : [])));
  if (used.size === 0) return {};
  const past = [...used].map((name) => toolOf(name, "Was used before.", {}));
  return { tools: past, tool_choice: { type: "none" } };
}

function toolOf(name: string, description: string, schema: JsonObject): Tool {
  return { name, description, input_schema: { ...schema, type: "object" } };
}

function anthropicMessages(messages: readonly ModelMessage[]): MessageParam[] {
  const turns: { role: "user" | "assistant"; content: ContentBlockParam[] }[] = [];
  for (const message of withFittingIds(messages)) {
    if (message.role === "system") continue;
    const content = blocksOf(message);
    if (content.length === 0) continue;
    const role = message.role === "assistant" ? "assistant" : "user";
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  if (turns[0]?.role !== "user") turns.unshift({ role: "user", content: [{ type: "text", text: OPENING }] });
  return turns;
}

/** Text that is empty, or nothing but white space, is refused by the API: it is left out. */
function blocksOf(message: ModelMessage): ContentBlockParam[] {
  const isBlank = message.text.trim() === "";
  const text: ContentBlockParam[] = isBlank ? [] : [{ type: "text", text: message.text }];
  switch (message.role) {
    case "assistant": {
      const calls = (message.toolCalls ?? []).map(
        (call): ContentBlockParam => ({ type: "tool_use", id: call.callId, name: call.name, input: call.arguments }),
      );
      return [...text, ...calls];
    }
    case "tool":
      return [
        {
          type: "tool_result",
          tool_use_id: message.callId,
          ...(isBlank ? {} : { content: message.text }),
          ...(message.failed ? { is_error: true } : {}),
        },
      ];
    default:
      return text;
  }
}
