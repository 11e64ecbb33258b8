// The model behind the agents: choose, test with one small call, save. A key goes to parley and never comes back.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { BASE, messageOf } from "../api/client.ts";
import type { JsonObject, ModelsAnswer, ModelTest } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { Icon } from "../ui/icons.tsx";

interface Provider {
  id: string;
  name: string;
  hint: string;
  placeholder: string;
  address: string;
}

/** The provider that needs no model. */
const SCRIPT = "scripted";

const providers: readonly Provider[] = [
  {
    id: SCRIPT,
    name: "Offline demonstration",
    hint: "Prepared answers that came with parley. No key, no network: good for trying things out.",
    placeholder: "offline",
    address: "",
  },
  {
    id: "openai",
    name: "OpenAI, or compatible",
    hint: "OpenAI itself, or any server that speaks its language: Ollama, vLLM, LM Studio, OpenRouter.",
    placeholder: "for instance gpt-5-mini, or the name on your server",
    address: "https://api.openai.com/v1",
  },
  {
    id: "anthropic",
    name: "Anthropic",
    hint: "Claude models over Anthropic's own interface.",
    placeholder: "for instance claude-sonnet-4-5",
    address: "https://api.anthropic.com",
  },
];

/** A model may take its time with the first word; parley itself gives up after 15 s. */
const TEST_DEADLINE_MS = 20_000;

type Result = { kind: "none" } | { kind: "busy"; doing: string } | { kind: "ok" | "failed"; text: string };

/** What the form holds; the key is empty unless a new one was written. */
interface Draft {
  provider: string;
  model: string;
  baseUrl: string;
  apiKey: string;
}

export function ModelCard({ models }: { models: ModelsAnswer }): JSX.Element {
  const current = models.models.default;
  const [draft, setDraft] = useState<Draft>({
    provider: current.provider,
    model: current.provider === SCRIPT ? "" : current.model,
    baseUrl: current.baseUrl ?? "",
    apiKey: "",
  });
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const { result, setResult, test, save } = useModelSettings(draft, () => change({ apiKey: "" }));
  const isReady = result.kind !== "busy" && (draft.provider === SCRIPT || draft.model.trim() !== "");
  return (
    <section class="card" aria-label="Model">
      <header class="card-head">
        <h2>Model</h2>
        <span class={`state ${models.offline ? "state-waiting" : "state-ok"}`}>
          <Icon name={models.offline ? "clock" : "check"} size={16} />
          {models.offline ? "offline demonstration" : `${current.model} answers`}
        </span>
      </header>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) void save();
        }}
      >
        <p class="muted">The AI model that thinks and writes for the agents.</p>
        <ProviderChoice
          provider={draft.provider}
          onProvider={(provider) => {
            change({ provider });
            setResult({ kind: "none" });
          }}
        />
        {draft.provider !== SCRIPT && (
          <Connection draft={draft} hasKey={current.hasKey && current.provider === draft.provider} onChange={change} />
        )}
        <div class="choices">
          <button type="submit" class="button is-primary" disabled={!isReady}>
            Save
          </button>
          <button type="button" class="button" disabled={!isReady} onClick={test}>
            Test
          </button>
        </div>
        <ResultLine result={result} />
      </form>
    </section>
  );
}

function useModelSettings(draft: Draft, onSaved: () => void) {
  const console = useConsole();
  const [result, setResult] = useState<Result>({ kind: "none" });
  const attempt = async (doing: string, call: () => Promise<Result>) => {
    setResult({ kind: "busy", doing });
    setResult(await call().catch((error): Result => ({ kind: "failed", text: messageOf(error) })));
  };
  const test = () =>
    attempt("Asking the model for one word…", async () => {
      const path = `${BASE}/models/test`;
      const answer = await console.api.send<ModelTest>("POST", path, bodyOf(draft), TEST_DEADLINE_MS);
      const { ok, message, latencyMs } = answer;
      return ok ? { kind: "ok", text: `${message} (${latencyMs} ms)` } : { kind: "failed", text: message };
    });
  const save = () =>
    attempt("Saving…", async () => {
      await console.api.send("PUT", `${BASE}/models/default`, bodyOf(draft));
      onSaved();
      await console.readModels();
      return { kind: "ok", text: "Saved. The next answer comes from this model." };
    });
  return { result, setResult, test, save };
}

function bodyOf({ provider, model, baseUrl, apiKey }: Draft): JsonObject {
  if (provider === SCRIPT) return { provider, model: "offline" };
  return {
    provider,
    model: model.trim(),
    ...(baseUrl.trim() !== "" && { baseUrl: baseUrl.trim() }),
    ...(apiKey !== "" && { apiKey }),
  };
}

interface ProviderChoiceProperties {
  provider: string;
  onProvider: (provider: string) => void;
}

function ProviderChoice({ provider, onProvider }: ProviderChoiceProperties): JSX.Element {
  return (
    <fieldset class="field">
      <legend>Provider</legend>
      <div class="options">
        {providers.map(({ id, name }) => (
          <label key={id} class="option">
            <input type="radio" name="provider" value={id} checked={provider === id} onChange={() => onProvider(id)} />
            <span>{name}</span>
          </label>
        ))}
      </div>
      <p class="muted">{providers.find(({ id }) => id === provider)?.hint}</p>
    </fieldset>
  );
}

interface ConnectionProperties {
  draft: Draft;
  /** A key of this provider is stored. */
  hasKey: boolean;
  onChange: (part: Partial<Draft>) => void;
}

function Connection({ draft, hasKey, onChange }: ConnectionProperties): JSX.Element {
  const chosen = providers.find(({ id }) => id === draft.provider);
  const plain = { class: "input", autocomplete: "off", spellcheck: false } as const;
  return (
    <>
      <label class="field">
        <span>Model</span>
        <input
          {...plain}
          value={draft.model}
          placeholder={chosen?.placeholder}
          onInput={(event) => onChange({ model: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>
          Address <span class="muted">only when it is not the provider's own</span>
        </span>
        <input
          {...plain}
          type="url"
          value={draft.baseUrl}
          placeholder={chosen?.address}
          onInput={(event) => onChange({ baseUrl: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>
          Key <span class="muted">kept in a file that only parley reads; it is never shown again</span>
        </span>
        <input
          {...plain}
          type="password"
          minLength={8}
          value={draft.apiKey}
          placeholder={hasKey ? "a key is stored; write here to replace it" : "none"}
          onInput={(event) => onChange({ apiKey: event.currentTarget.value })}
        />
      </label>
    </>
  );
}

function ResultLine({ result }: { result: Result }): JSX.Element {
  if (result.kind === "none") return <p role="status" class="result" />;
  if (result.kind === "busy") {
    return (
      <p role="status" class="result muted">
        {result.doing}
      </p>
    );
  }
  return (
    <p role="status" class={`result state-${result.kind}`}>
      <Icon name={result.kind === "ok" ? "check" : "alert"} size={16} />
      <span>{result.text}</span>
    </p>
  );
}
