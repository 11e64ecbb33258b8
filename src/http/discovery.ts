// The discovery document: computed from what is wired, so that it claims exactly what works (discovery-auth.md §1-§3).

import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import { ENGINE_VERSION, EVENT_LOG_SCHEMA_VERSION } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { Configurable } from "#protocol/runs.ts";

/** The live facts behind the claims. */
export interface DiscoverySource {
  version: string;
  limits: { maxNodeExecutions: number; maxRunDurationMs: number; maxRequestBodyBytes: number };
  receiptLifeMs: number;
  /** Fixture workflows that a run can be created of now. */
  fixtures: () => string[];
  /** Present when test keys exist on this host. */
  testing?: { forceEngineVersionRange: { min: number; max: number }; mockProviders: readonly string[] };
}

export function discoveryDocument(source: DiscoverySource): JsonObject {
  const fixtures = source.fixtures();
  const { maxNodeExecutions, maxRunDurationMs, maxRequestBodyBytes } = source.limits;
  return {
    protocolVersion: "1.1",
    implementation: { name: "parley", version: source.version, vendor: "parley" },
    engineVersion: ENGINE_VERSION,
    eventLogSchemaVersion: EVENT_LOG_SCHEMA_VERSION,
    supportedTransports: ["rest"],
    supportedEnvelopes: [],
    schemaVersions: {},
    limits: {
      // No envelope reaches this engine yet; the three base limits are part of every document.
      clarificationRounds: 3,
      schemaRounds: 2,
      envelopesPerTurn: 5,
      maxNodeExecutions,
      ...(maxRunDurationMs >= 1000 && { maxRunDurationMs }),
      maxRequestBodyBytes,
    },
    configurable: configurableKeys(),
    idempotency: {
      supported: true,
      layer1RetentionSeconds: Math.floor(source.receiptLifeMs / 1000),
      crossRegion: "single-region",
    },
    restTransport: { conditionalRunGet: true, contentEncodings: [] },
    providerUsage: { supported: true, costEstimates: true, currency: "USD" },
    // Agents as such: pins on nodes, reasoning events, held decisions. Not the manifests, the loop or live agents of
    // others: those serve the shipped roster only (docs/adr/0007).
    agents: {
      supported: true,
      modelClasses: ["chat", "reasoning", "retrieval"],
      reasoning: { verbosity: "summary", tokenLimit: 512, streaming: false },
    },
    extensions: {
      interrupts: {
        profiles: ["openwop-interrupt-quorum", "openwop-interrupt-auth-required", "openwop-interrupt-external-event"],
        signedCallbackTokens: true,
      },
    },
    ...(fixtures.length > 0 && { fixtures }),
    ...(source.testing && { testing: source.testing as unknown as JsonObject }),
    parley: { extensionBase: "/v1/host/parley" },
  };
}

function configurableKeys(): JsonObject {
  return Object.fromEntries(
    Object.entries(Configurable.properties).map(([name, schema]) => {
      const { type, minimum, maximum, description, ...rest } = schema as unknown as JsonObject;
      return [
        name,
        {
          type: type as Json,
          ...(minimum !== undefined && { min: minimum }),
          ...(maximum !== undefined && { max: maximum }),
          ...(rest.enum !== undefined && { enum: rest.enum }),
          description: description as Json,
        },
      ];
    }),
  );
}

/** Changes whenever an earlier document is no longer a safe basis (§6): not with the implementation's version. */
export function capabilitiesEtag(document: JsonObject): string {
  const { implementation: _, ...claims } = document;
  return `"${sha256Hex(canonicalJson(claims))}"`;
}
