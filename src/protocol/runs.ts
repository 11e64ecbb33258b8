// Runs on the wire: creation, snapshot, cancel, lists (runs.md §2, §4, §10).

import { type RunStatus, runStatuses } from "./status.ts";
import Type, { AnyObject, OneOf, type Static } from "./type.ts";
import { AgentRef } from "./workflows.ts";

const closed = { additionalProperties: false } as const;
const open = { additionalProperties: true } as const;

export const RunStatusSchema = Type.Unsafe<RunStatus>({ type: "string", enum: [...runStatuses] });

/** Reserved keys of `configurable` that this host honours; any other key is refused (runs.md §2.3). */
export const Configurable = Type.Object(
  {
    recursionLimit: Type.Optional(Type.Integer({ minimum: 1, description: "Most node executions of the run." })),
    runTimeoutMs: Type.Optional(Type.Number({ minimum: 1, description: "Longest duration from run.started, in ms." })),
    maxLoopIterations: Type.Optional(
      Type.Integer({ minimum: 1, description: "Most decisions of the run's supervisor." }),
    ),
    model: Type.Optional(
      Type.String({ minLength: 1, maxLength: 256, description: "Model of every call, at the configured provider." }),
    ),
    "ai.model": Type.Optional(
      Type.String({ minLength: 1, maxLength: 256, description: "As model, which it is preferred over." }),
    ),
    temperature: Type.Optional(
      Type.Number({ minimum: 0, maximum: 2, description: "Temperature of every model call." }),
    ),
    maxTokens: Type.Optional(Type.Integer({ minimum: 1, description: "Most tokens that a model call may answer." })),
    escalationThreshold: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: "Confidence below which a decision waits for a person; default 0.7.",
      }),
    ),
    reasoningVerbosity: Type.Optional(
      OneOf(["summary", "full", "off"], { description: "How much of a model's reasoning the log keeps." }),
    ),
  },
  { ...closed, $id: "Configurable" },
);
export type Configurable = Static<typeof Configurable>;

/** `POST /v1/runs`. The composed object is closed: an undeclared member is `validation_error`. */
export const CreateRun = Type.Object(
  {
    /** Required unless `mode` says otherwise. */
    workflowId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    mode: Type.Optional(OneOf(["eval"])),
    evalSuiteRef: Type.Optional(Type.String()),
    agentId: Type.Optional(Type.String()),
    residency: Type.Optional(AnyObject),
    inputs: Type.Optional(AnyObject),
    tenantId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    scopeId: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    callbackUrl: Type.Optional(Type.String({ minLength: 1, maxLength: 2048, pattern: "^https?://" })),
    configurable: Type.Optional(AnyObject),
    tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100 })),
    metadata: Type.Optional(AnyObject),
  },
  { ...closed, $id: "CreateRun" },
);
export type CreateRun = Static<typeof CreateRun>;

export const RunCreated = Type.Object(
  {
    runId: Type.String(),
    status: RunStatusSchema,
    eventsUrl: Type.String(),
    statusUrl: Type.String(),
  },
  { ...open, $id: "RunCreated" },
);
export type RunCreated = Static<typeof RunCreated>;

const Iso = Type.String({ format: "date-time" });

/** `GET /v1/runs/{runId}` (schema `run-snapshot`, open). */
export const RunSnapshot = Type.Object(
  {
    runId: Type.String(),
    workflowId: Type.String(),
    status: RunStatusSchema,
    owner: Type.Optional(
      Type.Object(
        {
          tenant: Type.String(),
          workspace: Type.Optional(Type.String()),
          principal: Type.Optional(Type.String()),
        },
        closed,
      ),
    ),
    currentNodeId: Type.Optional(Type.String()),
    startedAt: Type.Optional(Iso),
    completedAt: Type.Optional(Iso),
    agent: Type.Optional(AgentRef),
    nodeStates: Type.Optional(AnyObject),
    variables: Type.Optional(AnyObject),
    channels: Type.Optional(AnyObject),
    inputs: Type.Optional(AnyObject),
    error: Type.Optional(
      Type.Object({ code: Type.String(), message: Type.String(), details: Type.Optional(AnyObject) }, closed),
    ),
    engineVersion: Type.Optional(Type.String()),
    eventLogSchemaVersion: Type.Optional(Type.Integer()),
    tags: Type.Optional(Type.Array(Type.String())),
    metadata: Type.Optional(AnyObject),
    configurable: Type.Optional(AnyObject),
    metrics: Type.Optional(AnyObject),
  },
  { ...open, $id: "RunSnapshot" },
);
export type RunSnapshot = Static<typeof RunSnapshot>;

export const RunList = Type.Object(
  { runs: Type.Array(RunSnapshot), nextCursor: Type.Optional(Type.String()) },
  { $id: "RunList" },
);

export const CancelRun = Type.Object(
  { reason: Type.Optional(Type.String({ maxLength: 512 })) },
  { ...closed, $id: "CancelRun" },
);

export const RunCancelled = Type.Object({ runId: Type.String(), status: RunStatusSchema }, { $id: "RunCancelled" });

export const MAX_BULK_CANCEL = 100;

export const BulkCancel = Type.Object(
  {
    runIds: Type.Array(Type.String(), { minItems: 1, maxItems: MAX_BULK_CANCEL }),
    reason: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { ...closed, $id: "BulkCancel" },
);

/** One entry per id, in the order of the request. */
export const BulkCancelled = Type.Object(
  {
    results: Type.Array(
      Type.Object({
        runId: Type.String(),
        ok: Type.Boolean(),
        status: Type.Optional(RunStatusSchema),
        error: Type.Optional(Type.Object({ error: Type.String(), message: Type.String(), code: Type.String() })),
      }),
    ),
  },
  { $id: "BulkCancelled" },
);

export const RunEventDoc = Type.Object(
  {
    eventId: Type.String(),
    runId: Type.String(),
    type: Type.String(),
    payload: Type.Unknown(),
    timestamp: Iso,
    sequence: Type.Integer({ minimum: 0 }),
    nodeId: Type.Optional(Type.String()),
    schemaVersion: Type.Optional(Type.Integer()),
    engineVersion: Type.Optional(Type.String()),
    causationId: Type.Optional(Type.String()),
  },
  { ...open, $id: "RunEventDoc" },
);

/** Poll and JSON event list: the union of both published shapes (runs.md §18 no. 1). */
export const EventPage = Type.Object(
  {
    runId: Type.String(),
    events: Type.Array(RunEventDoc),
    isComplete: Type.Boolean(),
    isTerminal: Type.Boolean(),
    lastEventSeq: Type.Integer(),
    runStatus: RunStatusSchema,
  },
  { $id: "EventPage" },
);

/** The closed error envelope (runs.md §16.1). */
export const ErrorEnvelope = Type.Object(
  { error: Type.String(), message: Type.String(), details: Type.Optional(AnyObject) },
  { ...closed, $id: "ErrorEnvelope" },
);

/** `POST /v1/workflows`. */
export const WorkflowRegistered = Type.Object(
  { workflowId: Type.String(), version: Type.String(), definitionHash: Type.String(), created: Type.Boolean() },
  { $id: "WorkflowRegistered" },
);

export const WorkflowList = Type.Object(
  {
    workflows: Type.Array(
      Type.Object({
        workflowId: Type.String(),
        version: Type.String(),
        definitionHash: Type.String(),
        origin: Type.String(),
        updatedAt: Type.String(),
      }),
    ),
  },
  { $id: "WorkflowList" },
);
