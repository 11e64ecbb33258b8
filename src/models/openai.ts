// OpenAI, and everything that speaks its chat completions language: local servers, gateways, other vendors.
//
// The SDK is loaded with the first call: a home on another provider never pays for it.

import type { ModelProvider } from "#ports/model.ts";
import type { Service } from "./failures.ts";
import { openAiReader } from "./openai-answer.ts";
import { openAiBody } from "./openai-messages.ts";
import { createSdkProvider, type Dialect, type SdkProviderOptions } from "./sdk-provider.ts";

/** Another address comes with its path, as a rule up to `/v1`. */
const OPENAI_URL = "https://api.openai.com/v1";
/** The longest a timer takes: the caller's signal is the deadline. */
const NO_TIMEOUT_MS = 2_147_483_647;

const chatCompletions: Dialect = {
  provider: "openai",
  vendor: "OpenAI",
  defaultBaseUrl: OPENAI_URL,

  async open(call, request, signal) {
    const { OpenAI } = await import("openai");
    const client = new OpenAI({
      baseURL: call.baseUrl,
      apiKey: call.keyForSdk,
      // Null: not out of environment variables either.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: NO_TIMEOUT_MS,
      // It would print what it could not parse.
      logLevel: "off",
      fetch: call.line.fetch,
    });
    const body = openAiBody(request, isOpenAis(call.service));
    return client.chat.completions.create(body, {
      signal,
      headers: { ...request.trace, "Idempotency-Key": request.requestId },
    });
  },

  reader: (_request, answer, heard) => openAiReader(answer, heard),
};

/** OpenAI's own, or its models in Azure. */
function isOpenAis({ name, host }: Service): boolean {
  return name === "OpenAI" || /\.azure\.com$/.test(host);
}

export function createOpenAiProvider(options: SdkProviderOptions): ModelProvider {
  return createSdkProvider(chatCompletions, options);
}
