// A daemon whose console is looked at: built from the sources that are here, started in a home of its own.

import { buildConsole, isConsoleStale } from "../../../scripts/build-console.mjs";
import { type Daemon, type DaemonOptions, startDaemon } from "../../support/daemon.ts";
import { repoRoot } from "../../support/paths.ts";

export const BASE = "/v1/host/parley";

export class Host {
  #daemon: Daemon;
  readonly #options: DaemonOptions;

  constructor(daemon: Daemon, options: DaemonOptions) {
    this.#daemon = daemon;
    this.#options = options;
  }

  get url(): string {
    return this.#daemon.url;
  }

  get home(): string {
    return this.#daemon.home;
  }

  /** As the operator's own programs do it, beside the console. */
  async call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const headers = { authorization: `Bearer ${this.#daemon.key}`, "content-type": "application/json" };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(this.url + path, { method, headers, ...content });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Body;
  }

  /** A fresh link that signs a browser in, once. */
  async link(): Promise<string> {
    return (await this.call<{ url: string }>("POST", `${BASE}/admin/console-link`, {})).url;
  }

  async kill(): Promise<void> {
    await this.#daemon.kill();
  }

  /** Starts it again after `kill`, in the same home and at the same address. */
  async startAgain(): Promise<void> {
    const { home } = this.#daemon;
    const port = new URL(this.url).port;
    this.#daemon = await startDaemon({ ...this.#options, home, env: { ...this.#options.env, PARLEY_PORT: port } });
  }

  dispose(): Promise<void> {
    return this.#daemon.dispose();
  }
}

export async function openHost(options: DaemonOptions = {}): Promise<Host> {
  if (isConsoleStale(repoRoot)) await buildConsole(repoRoot);
  return new Host(await startDaemon(options), options);
}

/** `parley.yaml` of a daemon that asks the model behind this address. */
export function configFor(modelUrl: string): string {
  return `models:\n  default: {provider: openai, model: test-model, baseUrl: "${modelUrl}"}\n`;
}
