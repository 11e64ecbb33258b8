// ModelProvider: one language model service.

import type { JsonObject } from "#protocol/json.ts";

export interface ModelMessage {
  role: "system" | "user" | "assistant";
  text: string;
}

export interface ModelRequest {
  model: string;
  messages: ModelMessage[];
  maxOutputTokens?: number;
  temperature?: number;
  /** Provider-specific extras; never credentials. */
  options?: JsonObject;
}

export interface ModelUsage {
  inputTokens: number;
  outputTokens: number;
  costUsd?: number;
}

export type ModelResult =
  | {
      outcome: "answered";
      text: string;
      usage: ModelUsage;
      finishReason: "stop" | "length" | "content_filter";
      model: string;
    }
  /** The provider said no, or could not be reached. `retryable`: another attempt may succeed. */
  | { outcome: "failed"; message: string; retryable: boolean; usage?: ModelUsage };

export interface ModelProvider {
  readonly provider: string;
  /**
   * One call. Reading: may be repeated after a crash. `onText` receives pieces of the answer as they come (live only).
   * Never rejects for what the provider does; rejects with the signal's reason when `signal` aborts.
   */
  generate(request: ModelRequest, onText: (text: string) => void, signal: AbortSignal): Promise<ModelResult>;
}
