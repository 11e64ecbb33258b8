// The discovery document: computed from what is wired, so that it claims exactly what works (discovery-auth.md §1-§3).

import { MAX_LOOP_ITERATIONS } from "#engine/orchestration/bounds.ts";
import { annotationSignals, annotationTargets } from "#protocol/annotations.ts";
import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import { MAX_PARTICIPANTS } from "#protocol/conversations.ts";
import { ENGINE_VERSION, EVENT_LOG_SCHEMA_VERSION, PROTOCOL_VERSION } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { drainPolicies } from "#protocol/pause.ts";
import { Configurable } from "#protocol/runs.ts";
import { DEAD_LETTER_RETENTION_DAYS, MAX_FUTURE_HORIZON } from "#protocol/schedules.ts";
import { compensationClaims } from "./compensation-claims.ts";
import { contentEncodings } from "./encodings.ts";
import { type ObservabilitySource, observabilityClaims } from "./observability.ts";
import { orchestrationClaims, orchestrationOfAgents } from "./orchestration-claims.ts";

/** The live facts behind the claims. */
export interface DiscoverySource {
  version: string;
  limits: { maxNodeExecutions: number; maxRunDurationMs: number; maxRequestBodyBytes: number };
  receiptLifeMs: number;
  observability: ObservabilitySource;
  /** Names this host to others, for ever. */
  hostId: string;
  /** The setting `engine.compensation`. */
  compensation: boolean;
  /** Fixture workflows that a run can be created of now. */
  fixtures: () => string[];
  /** Present when test keys exist on this host. */
  testing?: {
    forceEngineVersionRange: { min: number; max: number };
    mockProviders: readonly string[];
    /** How the test keys begin; absent when the operator brought a key that begins otherwise. */
    testKeyPrefix?: string;
  };
}

export function discoveryDocument(source: DiscoverySource): JsonObject {
  const fixtures = source.fixtures();
  const { maxNodeExecutions, maxRunDurationMs, maxRequestBodyBytes } = source.limits;
  return {
    protocolVersion: PROTOCOL_VERSION,
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
      maxLoopIterations: MAX_LOOP_ITERATIONS,
      ...(maxRunDurationMs >= 1000 && { maxRunDurationMs }),
      maxRequestBodyBytes,
    },
    configurable: {
      ...configurableKeys(),
      ...(source.testing && {
        mockProvider: { type: "object", description: "What answers every model call: `id` and `config`." },
      }),
    },
    idempotency: {
      supported: true,
      layer1RetentionSeconds: Math.floor(source.receiptLifeMs / 1000),
      crossRegion: "single-region",
    },
    webhooks: { supported: true, signatureAlgorithms: ["v1"], durable: true },
    replay: { supported: true, modes: ["replay", "branch"], sideEffectSuppression: "recorded-outcome" },
    deadLetter: { supported: true, retentionDays: DEAD_LETTER_RETENTION_DAYS },
    scheduling: { supported: true, cron: true, delayed: true, calendar: false, maxFutureHorizon: MAX_FUTURE_HORIZON },
    restTransport: { conditionalRunGet: true, contentEncodings: [...contentEncodings] },
    runs: { pauseResume: { supported: true, drainPolicies: [...drainPolicies] } },
    feedback: { supported: true, targets: [...annotationTargets], signals: [...annotationSignals] },
    debugBundle: { supported: true },
    providerUsage: { supported: true, costEstimates: true, currency: "USD" },
    // Agents as such, and the loop: not the manifests or live agents of others, which serve the shipped roster only
    // (docs/adr/0007).
    agents: {
      supported: true,
      ...orchestrationOfAgents,
      modelClasses: ["chat", "reasoning", "retrieval"],
      // Only the mock agent of the test seams writes its reasoning piece by piece.
      reasoning: { verbosity: "summary", tokenLimit: 512, streaming: source.testing !== undefined },
    },
    ...orchestrationClaims(source.hostId),
    ...(source.compensation && { compensation: compensationClaims }),
    conversationPrimitive: true,
    multiPartyConversation: { supported: true, maxParticipants: MAX_PARTICIPANTS },
    ...(source.testing && { conformance: { mockAgent: true } }),
    extensions: {
      interrupts: {
        profiles: [
          "openwop-interrupt-quorum",
          "openwop-interrupt-auth-required",
          "openwop-interrupt-external-event",
          "openwop-interrupt-cascade-cancel",
        ],
        signedCallbackTokens: true,
        externalEventRetentionSeconds: 24 * 3600,
      },
    },
    ...(fixtures.length > 0 && { fixtures }),
    ...(source.testing && { testing: source.testing as unknown as JsonObject }),
    ...observabilityClaims(source.observability),
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
