// One request to a provider, broken off when nothing is heard any more. An answer that is still being written may take as
// long as its effect may: models on a machine of one's own are slow, and their work is not thrown away.

import type { ModelProvider, ModelRequest, ModelResult } from "#ports/model.ts";

/** Longest silence: before the first word, and between two pieces. */
const SILENCE_MS = 120_000;

/** A provider that says nothing is a broken line, not a lost turn. Rejects as the provider does, when `signal` aborts. */
export async function askOnce(
  provider: ModelProvider,
  request: ModelRequest,
  onText: (piece: string) => void,
  signal: AbortSignal,
): Promise<ModelResult> {
  const silence = new AbortController();
  // A process that ends does not wait for it.
  const wait = () => setTimeout(() => silence.abort(), SILENCE_MS).unref();
  let timer = wait();
  const hear = (piece: string) => {
    clearTimeout(timer);
    timer = wait();
    onText(piece);
  };
  try {
    return await provider.generate(request, hear, AbortSignal.any([signal, silence.signal]));
  } catch (error) {
    if (signal.aborted || !silence.signal.aborted) throw error;
    const message = "The language model fell silent for 2 minutes. Try again, or use a faster model.";
    return { outcome: "failed", reason: "broken-off", message, unbilled: false };
  } finally {
    clearTimeout(timer);
  }
}
