// Wiring of telemetry and metrics. What is off is not there: no listener, no timer, no code loaded beyond this file.

import type { MetricsSource } from "#http/metrics.ts";
import type { Config } from "#platform/config/schema.ts";
import type { Home } from "#platform/home.ts";
import type { Masker } from "#platform/masking.ts";
import { createSecretStore } from "#platform/secrets.ts";
import type { Logger } from "#ports/logger.ts";
import type { Store } from "#ports/store.ts";

export interface OperationsInputs {
  config: Config;
  store: Store;
  logger: Logger;
  home: Home;
  masker: Masker;
  version: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What the running daemon can be asked, once it is wired. */
export interface LiveSources {
  http(): { requests: number; bodyBytes: number; streams: number };
  decisions(): number;
}

export interface Operations {
  /** The store to work with: its commits are timed where metrics are on. */
  store: Store;
  metrics?: MetricsSource;
  /** Encodings of the exporter; absent: none is configured. */
  exportProtocols?: readonly string[];
  connect(sources: LiveSources): void;
  stop(): Promise<void>;
}

const STOP_DEADLINE_MS = 2_000;

export async function openOperations(inputs: OperationsInputs, env: Environment): Promise<Operations> {
  const exporting = await startExporting(inputs, env);
  const metrics = await startMetrics(inputs, exporting?.exporter.counts);
  const { logRecords } = inputs.config.telemetry;
  const unsubscribe = await observe(inputs, metrics, logRecords);
  return {
    store: metrics?.store ?? inputs.store,
    ...(metrics && { metrics: metrics.source }),
    ...(exporting && { exportProtocols: exporting.protocols }),
    connect: (sources) => metrics?.connect(sources),
    async stop() {
      unsubscribe();
      metrics?.stop();
      await exporting?.exporter.stop(STOP_DEADLINE_MS);
    },
  };
}

async function startExporting(inputs: OperationsInputs, env: Environment) {
  const { config, store, logger, home, masker, version } = inputs;
  const isNamed = Object.keys(env).some((name) => name.startsWith("OTEL_"));
  if (!config.telemetry.otlp && !isNamed) return undefined;
  const { exportSettings, EXPORT_PROTOCOLS } = await import("#platform/telemetry/settings.ts");
  const secrets = createSecretStore({ env, homeDir: home.root, masker, logger });
  const { settings, problems } = await exportSettings(config.telemetry, env, (ref) => secrets.resolve(ref));
  for (const { name, says } of problems) logger.warn({ name, says }, "a setting of OpenTelemetry is not taken");
  if (!settings) return undefined;
  const { startExporter } = await import("#platform/telemetry/exporter.ts");
  const { createPost } = await import("#platform/telemetry/post.ts");
  const post = createPost(settings.url, settings.headers);
  const exporter = startExporter({ store, logger, settings, version, post });
  return { exporter, protocols: EXPORT_PROTOCOLS };
}

async function startMetrics(
  { config, store }: OperationsInputs,
  spans: (() => { exported: number; dropped: number; waiting: number }) | undefined,
) {
  if (!config.metrics.enabled) return undefined;
  const { Registry } = await import("#platform/metrics/registry.ts");
  const { createRunMetrics } = await import("#platform/metrics/run-metrics.ts");
  const { createHostMetrics, timedStore } = await import("#platform/metrics/host-metrics.ts");
  const registry = new Registry();
  const runs = createRunMetrics(registry, config.metrics.maxWorkflows);
  const refusals = registry.counter("parley.http.refusals", "Requests refused, by error code.");
  const idle: LiveSources = { http: () => ({ requests: 0, bodyBytes: 0, streams: 0 }), decisions: () => 0 };
  let live = idle;
  const host = createHostMetrics(registry, store, {
    http: () => live.http(),
    decisions: () => live.decisions(),
    ...(spans && { spans }),
  });
  const source: MetricsSource = {
    public: config.metrics.public,
    async text() {
      await host.refresh();
      return registry.text();
    },
    onRefused(code, tenantId) {
      refusals.add({ code });
      if (code === "run_already_active") runs.conflict(tenantId ?? "unknown");
    },
  };
  return {
    source,
    runs,
    store: timedStore(store, registry),
    connect(sources: LiveSources) {
      live = sources;
    },
    stop: () => host.stop(),
  };
}

async function observe(
  { store, logger }: OperationsInputs,
  metrics: Awaited<ReturnType<typeof startMetrics>>,
  logRecords: boolean,
): Promise<() => void> {
  if (!metrics && !logRecords) return () => undefined;
  const { Observer } = await import("#platform/metrics/observer.ts");
  const sinks = metrics ? [metrics.runs] : [];
  const records = logRecords ? [(await import("#platform/metrics/log-records.ts")).createLogRecords(logger)] : [];
  const observer = new Observer(store, logger, [...sinks, ...records]);
  return store.subscribe((committed) => observer.onCommitted(committed));
}
