// A conversation as the chat completions interface takes it.

import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { ModelMessage, ModelRequest } from "#ports/model.ts";
import { withFittingIds } from "./call-ids.ts";

/**
 * The body of a streaming request. `isOpenAi`: the models are OpenAI's own, the newer of which refuse `max_tokens`; most
 * servers that speak its language know nothing else.
 */
export function openAiBody(request: ModelRequest, isOpenAi: boolean): ChatCompletionCreateParamsStreaming {
  const { model, tools, answerSchema, maxOutputTokens, temperature } = request;
  return {
    model,
    messages: openAiMessages(request.messages),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools && tools.length > 0
      ? {
          tools: tools.map(({ name, description, parameters }) => ({
            type: "function" as const,
            function: { name, description, parameters },
          })),
        }
      : {}),
    ...(answerSchema
      ? {
          response_format: {
            type: "json_schema" as const,
            // Strict mode takes a part of JSON Schema only: with it, schemas that are fine here would be refused.
            json_schema: { name: answerSchema.name, schema: answerSchema.schema, strict: false },
          },
        }
      : {}),
    ...(maxOutputTokens === undefined ? {} : { [isOpenAi ? "max_completion_tokens" : "max_tokens"]: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

function openAiMessages(messages: readonly ModelMessage[]): ChatCompletionMessageParam[] {
  return withFittingIds(messages).flatMap((message) => openAiMessage(message) ?? []);
}

/** Undefined for a message that says nothing: providers refuse it. */
function openAiMessage(message: ModelMessage): ChatCompletionMessageParam | undefined {
  switch (message.role) {
    case "tool":
      // A result stands even when it is empty: its call must have one.
      return { role: "tool", tool_call_id: message.callId, content: message.text };
    case "assistant": {
      const toolCalls = (message.toolCalls ?? []).map((call) => ({
        id: call.callId,
        type: "function" as const,
        // What the model wrote unreadably is not repeated: some servers parse it, and fail.
        function: { name: call.name, arguments: JSON.stringify(call.arguments) },
      }));
      if (message.text === "" && toolCalls.length === 0) return undefined;
      return {
        role: "assistant",
        content: message.text === "" ? null : message.text,
        ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
      };
    }
    default:
      return message.text === "" ? undefined : { role: message.role, content: message.text };
  }
}
