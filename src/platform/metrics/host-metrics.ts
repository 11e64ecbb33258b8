// Metrics of the host itself: process, queues, disk. Read when somebody asks.

import { monitorEventLoopDelay } from "node:perf_hooks";
import type { StoreLoad } from "#ports/store/load.ts";
import type { Store } from "#ports/store.ts";
import type { Reading, Registry } from "./registry.ts";

/** What can be asked of the running daemon. */
export interface HostSources {
  /** Requests, bodies and streams under way. */
  http(): { requests: number; bodyBytes: number; streams: number };
  /** Decisions that wait or are made. */
  decisions(): number;
  /** What became of spans; absent: none are exported. */
  spans?(): { exported: number; dropped: number; waiting: number };
}

const QUEUED = new Set(["pending", "running"]);
const LOOP_RESOLUTION_MS = 20;

export interface HostMetrics {
  /** Reads what the store knows; the registry's text then shows it. */
  refresh(): Promise<void>;
  stop(): void;
}

export function createHostMetrics(registry: Registry, store: Store, sources: HostSources): HostMetrics {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  let load: StoreLoad = { runs: [], outbox: 0, effects: 0 };
  registry.gauge("openwop.run.active", "Runs that have not ended.", () => byTenant(load, () => true));
  registry.gauge("openwop.queue.depth", "Runs that have work to do now: no waits for people, no pauses.", () =>
    byTenant(load, (status) => QUEUED.has(status)),
  );
  gauge(registry, "parley.outbox.rows", "Messages and callbacks to be handed over.", () => load.outbox);
  gauge(registry, "parley.effects.open", "Calls to the outside that are planned or under way.", () => load.effects);
  gauge(registry, "parley.decisions.waiting", "Decisions that wait or are made.", () => sources.decisions());
  gauge(registry, "parley.http.requests", "Requests under way.", () => sources.http().requests);
  gauge(registry, "parley.http.body_bytes", "Bytes of request bodies under way.", () => sources.http().bodyBytes);
  gauge(registry, "parley.http.streams", "Open event streams.", () => sources.http().streams);
  gauge(registry, "process.resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  gauge(registry, "process.heap_bytes", "Used heap.", () => process.memoryUsage().heapUsed);
  gauge(registry, "process.uptime_seconds", "Time since the start.", () => process.uptime());
  gauge(registry, "process.eventloop_lag_p99_seconds", "Lag of the event loop since the last reading, p99.", () => {
    const lagMs = loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS;
    loop.reset();
    return Math.max(0, Number.isFinite(lagMs) ? lagMs : 0) / 1000;
  });
  registry.counterOf("process.cpu_seconds", "Processor time.", () => {
    const { user, system } = process.cpuUsage();
    return [{ labels: {}, value: (user + system) / 1e6 }];
  });
  const { spans } = sources;
  if (spans) {
    registry.counterOf("parley.spans.exported", "Spans taken by the collector.", () => only(spans().exported));
    registry.counterOf("parley.spans.dropped", "Spans that were given up.", () => only(spans().dropped));
    gauge(registry, "parley.spans.runs_waiting", "Ended runs whose spans wait.", () => spans().waiting);
  }
  return {
    async refresh() {
      load = await store.countLoad();
    },
    stop: () => loop.disable(),
  };
}

function only(value: number): Reading[] {
  return [{ labels: {}, value }];
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  registry.gauge(name, help, () => only(read()));
}

function byTenant(load: StoreLoad, counts: (status: string) => boolean): Reading[] {
  const sums = new Map<string, number>();
  for (const { tenantId, status, count } of load.runs) {
    sums.set(tenantId, (sums.get(tenantId) ?? 0) + (counts(status) ? count : 0));
  }
  const each = [...sums].map(([tenantId, value]) => ({ labels: { "openwop.tenant_id": tenantId }, value }));
  return each.length > 0 ? each : [{ labels: { "openwop.tenant_id": "all" }, value: 0 }];
}

const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** The store with its commits timed, from the call to the answer. */
export function timedStore(store: Store, registry: Registry): Store {
  const latency = registry.histogram(
    "parley.commit.duration",
    "Time of a commit, its wait for the disk included.",
    COMMIT_SECONDS,
  );
  return {
    ...store,
    async commit(commit) {
      const startedMs = performance.now();
      try {
        return await store.commit(commit);
      } finally {
        latency.observe({}, (performance.now() - startedMs) / 1000);
      }
    },
  };
}
