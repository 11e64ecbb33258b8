// What can be configured: the one definition. The type comes from here, and so does config/parley.schema.json
// (scripts/generate-config-schema.ts), which the loader checks files against: loading the schema library would cost
// a start 80 ms and 22 MB. A test compares the two.
//
// Keywords of our own, all ignored by other readers of the schema:
//   x-secret    values at and below this key are never shown, in no message
//   x-allowed   the allowed values in words, where the other keywords do not say it well

import Type, { type Static } from "typebox";
import { capacityLimits, Engine, Metrics, Telemetry, Webhooks } from "./operations.ts";
import { SecretReference } from "./secret-reference.ts";

const closed = { additionalProperties: false } as const;

const Model = Type.Object(
  {
    provider: Type.Enum(["scripted", "openai", "anthropic"], {
      default: "scripted",
      description: "Who answers. `scripted` is built in and needs no network.",
    }),
    model: Type.String({ minLength: 1, maxLength: 256, default: "offline", description: "The provider's name of it." }),
    baseUrl: Type.Optional(
      Type.String({
        pattern: "^https?://[^\\s@]+$",
        "x-allowed": "an http:// or https:// address without credentials",
        description: "Another address of the provider's API.",
      }),
    ),
    apiKey: Type.Optional(SecretReference),
  },
  { ...closed, default: {} },
);

const Models = Type.Object({ default: Model }, { ...closed, default: {}, description: "Language models." });

const Connector = Type.Object(
  {
    id: Type.String({
      pattern: "^[a-z0-9][a-z0-9_-]{0,63}$",
      "x-allowed": "1 to 64 characters: lower-case letters, digits, - and _",
      description: "Your name of this account; unique.",
    }),
    channel: Type.Enum(["web"], { description: "The chat network." }),
  },
  closed,
);

const Connectors = Type.Array(Connector, {
  maxItems: 64,
  default: [{ id: "web", channel: "web" }],
  description: "Accounts on chat networks through which people reach parley.",
});

const Server = Type.Object(
  {
    host: Type.String({
      pattern: "^[A-Za-z0-9.:_-]{1,253}$",
      default: "127.0.0.1",
      "x-allowed": "an IP address or host name of this machine",
      description: "Address to listen on. Anything but loopback lets other machines in.",
    }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, default: 4747, description: "0: any free port." }),
  },
  { ...closed, default: {}, description: "Where the HTTP interface listens." },
);

const DAY_MS = 24 * 3600 * 1000;

const Limits = Type.Object(
  {
    maxRequestBodyBytes: Type.Integer({
      minimum: 1024,
      maximum: 64 * 1024 * 1024,
      default: 1024 * 1024,
      description: "Largest request body.",
    }),
    maxNodeExecutions: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 1000,
      description: "Node executions of one run; ceiling of a run's own recursionLimit.",
    }),
    maxRunDurationMs: Type.Integer({
      minimum: 1000,
      maximum: 10 * 365 * DAY_MS,
      default: 30 * DAY_MS,
      description: "Longest time from a run's start to its end; ceiling of a run's own runTimeoutMs.",
    }),
    maxHotRuns: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 256,
      description: "Runs whose state is kept in memory; more are read again from the log when they go on.",
    }),
    maxInFlightNodes: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 8,
      description: "Nodes of one run that may wait for effects at the same time.",
    }),
    ...capacityLimits,
  },
  { ...closed, default: {}, description: "Bounds." },
);

const Log = Type.Object(
  {
    level: Type.Enum(["trace", "debug", "info", "warn", "error", "fatal"], {
      default: "info",
      description: "The least important lines that are written.",
    }),
    maxTotalBytes: Type.Integer({
      minimum: 65_536,
      maximum: 10 * 1024 * 1024 * 1024,
      default: 50 * 1024 * 1024,
      description: "Size of all log files together; the oldest lines go first.",
    }),
    destination: Type.Enum(["file", "stderr"], {
      default: "file",
      description: "`file`: the home's log file, warnings also on stderr. `stderr`: both get every line.",
    }),
  },
  { ...closed, default: {}, description: "The log, in data/logs of the home." },
);

/** What a configuration file may say. Every key has a default. */
export const ConfigFile = Type.Object(
  {
    models: Models,
    connectors: Connectors,
    server: Server,
    limits: Limits,
    engine: Engine,
    webhooks: Webhooks,
    log: Log,
    telemetry: Telemetry,
    metrics: Metrics,
  },
  { ...closed, title: "parley.yaml", description: "The configuration of a parley daemon." },
);
/** A configuration file with its defaults filled in. */
export type ConfigFile = Static<typeof ConfigFile>;

/** Everything a daemon is configured with. */
export interface Config extends ConfigFile {
  /** From the environment alone, so that no file left behind can open them. Only ever set on a loopback bind. */
  testing: {
    /** `PARLEY_TEST_SEAMS=1` */
    seams: boolean;
    /** `PARLEY_FIXTURES`, absolute. */
    fixturesDir?: string;
  };
}
