// GET /metrics: text for Prometheus, where it is configured; a path that nobody knows where it is not.

import type { FastifyInstance } from "fastify";

/** What is served, and to whom. */
export interface MetricsSource {
  /** Anybody who can connect may read; else the key needs `admin:manage`. */
  public: boolean;
  text(): Promise<string>;
  /** Hears of each refusal, for what only requests know. */
  onRefused(code: string, tenantId: string | undefined): void;
}

export function metricsRoutes(app: FastifyInstance, metrics: MetricsSource): void {
  app.get(
    "/metrics",
    {
      schema: { operationId: "metrics" },
      config: { access: metrics.public ? "public" : "admin:manage", summary: "Metrics as Prometheus text" },
    },
    async (_request, reply) => reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics.text()),
  );
}

/** Refusals are counted where they leave. */
export function useRefusalCount(app: FastifyInstance, metrics: MetricsSource): void {
  app.addHook("onError", (request, _reply, error, done) => {
    const { code } = error as { code?: unknown };
    if (typeof code === "string") metrics.onRefused(code, request.principal?.tenantId);
    done();
  });
}
