// The one table of error codes. A code is forever: callers branch on it, never on the message.
//
// `status` is the HTTP status of the envelope; run and node errors (`RunSnapshot.error`, `node.failed`) use the same
// codes and ignore it. Source: OpenWOP error list (runs.md §16.2), discovery-auth.md §7.4. docs/errors.md is checked
// against this table by a test.

export const errorCodes = {
  // Callers and credentials
  unauthenticated: { status: 401, message: "A valid API key is needed: Authorization: Bearer <key>." },
  key_expired: { status: 401, message: "This API key has expired." },
  key_revoked: { status: 401, message: "This API key was revoked." },
  forbidden: { status: 403, message: "The credential does not allow this." },
  tenant_membership_required: { status: 403, message: "The request names a tenant the caller does not belong to." },
  mock_provider_forbidden: { status: 403, message: "Mock providers may be used with a test key only." },
  force_engine_version_forbidden: { status: 403, message: "X-Force-Engine-Version needs a test key." },

  // Requests
  validation_error: { status: 400, message: "The request is not valid." },
  capability_required: { status: 400, message: "The workflow needs a capability that this host does not offer." },
  invalid_timezone: { status: 400, message: "There is no time zone of this name." },
  schedule_horizon_exceeded: { status: 400, message: "The fire time lies further ahead than this host plans." },
  residency_unavailable: { status: 400, message: "This host cannot promise where the run is kept." },
  credential_forbidden: { status: 422, message: "This host takes no credential for a model provider." },
  unsupported_stream_mode: { status: 400, message: "This stream mode or combination is not offered." },
  unsupported_mock_provider: { status: 400, message: "No such mock provider." },
  unsupported_force_engine_version: { status: 400, message: "The engine version is outside the accepted range." },
  not_found: { status: 404, message: "No such resource." },
  method_not_allowed: { status: 405, message: "The path does not have this method." },
  payload_too_large: { status: 413, message: "The body is larger than this host accepts." },
  conflict: { status: 409, message: "The resource is in another state." },
  run_terminal: { status: 409, message: "The run has already ended." },
  run_already_active: { status: 409, message: "Another run of this scope is active." },
  idempotency_key_mismatch: { status: 409, message: "This Idempotency-Key was used with another body." },
  idempotency_in_flight: { status: 409, message: "A request with this Idempotency-Key is still being worked on." },
  rate_limited: { status: 429, message: "Too many requests." },
  service_unavailable: { status: 503, message: "The host cannot take this request now." },
  internal_error: { status: 500, message: "The host failed to handle the request." },
  capability_not_provided: { status: 501, message: "This host does not provide a capability that is needed." },

  // Webhooks
  webhook_url_rejected: { status: 400, message: "Webhooks cannot be delivered to this URL." },
  subscription_not_found: { status: 404, message: "No such subscription." },

  // State channels
  channel_access_denied: { status: 400, message: "The node may not use this channel." },
  channel_schema_breaking_change: { status: 400, message: "The channel holds a write that its schema cannot read." },

  // Interrupts
  interrupt_not_found: { status: 404, message: "No such interrupt." },
  invalid_interrupt_token: { status: 404, message: "This interrupt token is not one of ours." },
  interrupt_already_resolved: { status: 409, message: "The interrupt was already resolved." },
  interrupt_expired: { status: 410, message: "The interrupt token has expired." },
  interrupt_gone: { status: 410, message: "The interrupt ended with its parent run." },
  interrupt_cancelled: { status: 422, message: "The run was cancelled while the interrupt was open." },

  // Forks
  invalid_from_seq: { status: 422, message: "fromSeq is past the end of the source run's log." },
  replay_source_missing: { status: 500, message: "The source of a replay recorded no outcome of this node." },

  // Runs and nodes (the status matters only where a request asked for it)
  recursion_limit_exceeded: { status: 500, message: "The run started more nodes than its limit allows." },
  run_timeout: { status: 500, message: "The run took longer than its limit allows." },
  node_timeout: { status: 500, message: "The node took longer than its limit allows." },
  interrupt_timeout: { status: 500, message: "Nobody answered before the deadline." },
  approval_rejected: { status: 500, message: "The approval was refused." },
  interrupted: {
    status: 500,
    message: "The effect was begun and its outcome was never seen; it is not repeated because it may have happened.",
  },
  conformance_test_failure: { status: 500, message: "Intentional conformance failure" },
  effect_failed: { status: 500, message: "An external effect failed." },
  model_failed: { status: 500, message: "The model could not answer." },
  engine_version_mismatch: { status: 500, message: "The run was written by a newer engine." },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** Extra facts of one error: JSON, never credentials. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface ParleyErrorOptions {
  /** Text for this case; defaults to the table's. */
  message?: string;
  cause?: unknown;
  /** HTTP status where the contract asks for another than the table's (422 `validation_error`). */
  status?: number;
}

/** A failure that a caller can act on. */
export class ParleyError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly status: number;
  constructor(code: ErrorCode, details: ErrorDetails = {}, options: ParleyErrorOptions = {}) {
    super(
      options.message ?? errorCodes[code].message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "ParleyError";
    this.code = code;
    this.details = details;
    this.status = options.status ?? errorCodes[code].status;
  }
}

/** An error as runs and events carry it (runs.md §16.1). */
export interface RunError {
  code: string;
  message: string;
  details?: Record<string, unknown>;
  retryable?: boolean;
}

/** Where a switch has named every variant. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
