// What can be configured about running the host: engine, capacity, telemetry, metrics. Part of schema.ts.

import Type from "typebox";
import { samplers } from "../telemetry/sampler.ts";
import { SecretReference } from "./secret-reference.ts";

const closed = { additionalProperties: false } as const;
const MIB = 1024 * 1024;

export const Engine = Type.Object(
  {
    compensation: Type.Boolean({
      default: false,
      description: "Workflows may declare how their effects are undone when a run fails or is cancelled.",
    }),
  },
  { ...closed, default: {}, description: "Later profiles of the run engine." },
);

export const Webhooks = Type.Object(
  {
    firstRetryMs: Type.Integer({
      minimum: 10,
      maximum: 300_000,
      default: 1_000,
      description: "Wait before a delivery is tried again; it doubles with each attempt, to five minutes at most.",
    }),
  },
  { ...closed, default: {}, description: "Deliveries to webhooks." },
);

/** Bounds of what is under way at the same time; part of `limits`. */
export const capacityLimits = {
  maxInFlightRequests: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 4096,
    description: "Requests under way at the same time; one more is answered 503 with Retry-After.",
  }),
  maxInFlightBodyBytes: Type.Integer({
    minimum: 1024,
    maximum: 1024 * MIB,
    default: 32 * MIB,
    description: "Bytes of request bodies under way at the same time; more are answered 503 with Retry-After.",
  }),
  maxStreams: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 10_000,
    description: "Event streams open at the same time; one more is answered 429 with Retry-After.",
  }),
  rateLimit: Type.Optional(
    Type.Object(
      {
        requestsPerMinute: Type.Integer({
          minimum: 1,
          maximum: 10_000_000,
          description: "Requests that one key may make in a minute, in the long run.",
        }),
        burst: Type.Integer({
          minimum: 1,
          maximum: 1_000_000,
          description: "Requests that one key may make at once after a pause.",
        }),
      },
      { ...closed, description: "Limit of requests per key, answered 429 with Retry-After. Absent: there is none." },
    ),
  ),
};

const Otlp = Type.Object(
  {
    endpoint: Type.String({
      pattern: "^https?://[^\\s@]+$",
      "x-allowed": "an http:// or https:// address without credentials",
      description: "Base address of the collector; `/v1/traces` is added. As OTEL_EXPORTER_OTLP_ENDPOINT.",
    }),
    protocol: Type.Enum(["http/protobuf", "http/json"], {
      default: "http/protobuf",
      description: "Encoding. As OTEL_EXPORTER_OTLP_PROTOCOL.",
    }),
    headers: Type.Array(
      Type.Object(
        {
          name: Type.String({
            pattern: "^[A-Za-z0-9-]{1,64}$",
            "x-allowed": "a header name of letters, digits and -",
            description: "Name of the header.",
          }),
          value: SecretReference,
        },
        closed,
      ),
      {
        maxItems: 16,
        default: [],
        description: "Headers of each export, such as the collector's key. As OTEL_EXPORTER_OTLP_HEADERS.",
      },
    ),
  },
  { ...closed, description: "Where spans go: a collector that speaks OTLP over HTTP." },
);

export const Telemetry = Type.Object(
  {
    otlp: Type.Optional(Otlp),
    sampler: Type.Enum([...samplers], {
      default: "parentbased_traceidratio",
      description: "Which runs are exported. As OTEL_TRACES_SAMPLER.",
    }),
    samplePercent: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 10,
      description: "Of 100 runs, those that the ratio samplers choose. OTEL_TRACES_SAMPLER_ARG is a share of 1.",
    }),
    serviceName: Type.String({
      minLength: 1,
      maxLength: 128,
      default: "parley",
      description: "`service.name` of the spans. As OTEL_SERVICE_NAME.",
    }),
    logRecords: Type.Boolean({
      default: false,
      description: "One line per run, node and model call in the log, level info.",
    }),
  },
  { ...closed, default: {}, description: "Spans over OTLP, and records in the log. Off without `otlp`." },
);

export const Metrics = Type.Object(
  {
    enabled: Type.Boolean({ default: false, description: "Serve GET /metrics in the text format of Prometheus." }),
    public: Type.Boolean({
      default: false,
      description: "Without a key; only on a loopback host. Else the key needs admin:manage.",
    }),
    maxWorkflows: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 200,
      description: "Workflows that have series of their own; later ones count as `other`.",
    }),
  },
  { ...closed, default: {}, description: "Metrics." },
);
