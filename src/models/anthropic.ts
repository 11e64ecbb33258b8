// Anthropic's Messages API.
//
// The SDK is loaded with the first call: a home on another provider never pays for it.

import type { ModelProvider } from "#ports/model.ts";
import { anthropicReader } from "./anthropic-answer.ts";
import { anthropicBody } from "./anthropic-messages.ts";
import { createSdkProvider, type Dialect, type SdkProviderOptions } from "./sdk-provider.ts";

const ANTHROPIC_URL = "https://api.anthropic.com";
/** The longest a timer takes: the caller's signal is the deadline. */
const NO_TIMEOUT_MS = 2_147_483_647;

const messages: Dialect = {
  provider: "anthropic",
  vendor: "Anthropic",
  defaultBaseUrl: ANTHROPIC_URL,

  async open(call, request, signal) {
    const { Anthropic } = await import("@anthropic-ai/sdk");
    const client = new Anthropic({
      // The SDK adds `/v1` itself; people copy addresses with it.
      baseURL: call.baseUrl.replace(/\/(v1\/?)?$/, ""),
      // A key that is given keeps the SDK from looking for others in the environment and in files.
      apiKey: call.keyForSdk,
      // The SDK sends it as `Authorization`; gateways that speak the older versions of the API look here.
      defaultHeaders: call.service.name === "Anthropic" ? {} : { "x-api-key": call.keyForSdk },
      webhookKey: null,
      openTelemetry: false,
      maxRetries: 0,
      timeout: NO_TIMEOUT_MS,
      // It would print what it could not parse.
      logLevel: "off",
      fetch: call.line.fetch,
    });
    return client.messages.create(anthropicBody(request), { signal, headers: { ...request.trace } });
  },

  reader: (request, answer, heard) => anthropicReader(answer, heard, request.answerSchema?.name),
};

export function createAnthropicProvider(options: SdkProviderOptions): ModelProvider {
  return createSdkProvider(messages, options);
}
