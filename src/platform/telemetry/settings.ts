// Whether and where spans are exported: the configuration, and OpenTelemetry's own environment variables, which win.

import type { Config } from "../config/schema.ts";
import { type SamplerName, samplers } from "./sampler.ts";

export type OtlpProtocol = "http/json" | "http/protobuf";
/** Always both: a host that exports must offer them (operations.md §4.1). */
export const EXPORT_PROTOCOLS: readonly OtlpProtocol[] = ["http/json", "http/protobuf"];

export interface ExportSettings {
  /** Where spans are posted to. */
  url: string;
  protocol: OtlpProtocol;
  headers: Readonly<Record<string, string>>;
  sampler: SamplerName;
  /** 0 to 1. */
  ratio: number;
  serviceName: string;
}

/** A setting that is not taken; `name` is the variable. Never shows a value: headers are credentials. */
export interface SettingProblem {
  name: string;
  says: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `settings` undefined: off. `resolveSecret` reads what the configuration refers to. */
export async function exportSettings(
  config: Config["telemetry"],
  env: Environment,
  resolveSecret: (reference: { env: string } | { file: string }) => Promise<string>,
): Promise<{ settings: ExportSettings | undefined; problems: SettingProblem[] }> {
  const problems: SettingProblem[] = [];
  const setting = (name: string) => (env[name] === "" ? undefined : env[name]);
  const pick = <T extends string>(names: readonly string[], allowed: readonly T[], fallback: T): T => {
    const name = names.find((one) => setting(one) !== undefined);
    if (name === undefined) return fallback;
    const value = setting(name) as T;
    if (allowed.includes(value)) return value;
    problems.push({ name, says: `is none of ${allowed.join(", ")}` });
    return fallback;
  };
  const isOff = setting("OTEL_SDK_DISABLED") === "true" || setting("OTEL_TRACES_EXPORTER") === "none";
  const url = isOff ? undefined : urlOf(setting, config.otlp?.endpoint);
  if (url === undefined) return { settings: undefined, problems };
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    problems.push({ name: "OTEL_EXPORTER_OTLP_ENDPOINT", says: "is no http:// or https:// address" });
    return { settings: undefined, problems };
  }
  const protocol = pick(
    ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"],
    EXPORT_PROTOCOLS,
    config.otlp?.protocol ?? "http/protobuf",
  );
  const sampler = pick(["OTEL_TRACES_SAMPLER"], samplers, config.sampler);
  const headers = setting("OTEL_EXPORTER_OTLP_TRACES_HEADERS") ?? setting("OTEL_EXPORTER_OTLP_HEADERS");
  const settings: ExportSettings = {
    url,
    protocol,
    sampler,
    ratio: ratioOf(setting("OTEL_TRACES_SAMPLER_ARG"), config.samplePercent / 100, problems),
    headers: headers === undefined ? await configured(config.otlp?.headers ?? [], resolveSecret) : listed(headers),
    serviceName: setting("OTEL_SERVICE_NAME") ?? config.serviceName,
  };
  return { settings, problems };
}

/** The variable for traces is the whole address; the general one and the configuration are its base. */
function urlOf(setting: (name: string) => string | undefined, configuredBase: string | undefined): string | undefined {
  const whole = setting("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  if (whole !== undefined) return whole;
  const base = setting("OTEL_EXPORTER_OTLP_ENDPOINT") ?? configuredBase;
  return base === undefined ? undefined : `${base.replace(/\/+$/, "")}/v1/traces`;
}

function ratioOf(text: string | undefined, fallback: number, problems: SettingProblem[]): number {
  if (text === undefined) return fallback;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  problems.push({ name: "OTEL_TRACES_SAMPLER_ARG", says: "is no number from 0 to 1" });
  return fallback;
}

async function configured(
  headers: NonNullable<Config["telemetry"]["otlp"]>["headers"],
  resolveSecret: (reference: { env: string } | { file: string }) => Promise<string>,
): Promise<Record<string, string>> {
  const resolved = await Promise.all(
    headers.map(async ({ name, value }) => [name, await resolveSecret(value)] as const),
  );
  return Object.fromEntries(resolved);
}

/** `name=value,name=value`, values percent-encoded (W3C baggage). */
function listed(text: string): Record<string, string> {
  const pairs = text.split(",").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())] as const];
  });
  return Object.fromEntries(pairs);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
