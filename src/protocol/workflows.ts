// The workflow definition, as it is registered and served (schema `workflow-definition`, runs.md §5).
// Objects are closed except node `config`/`settings`, workflow `settings`/`metadata` and trigger `config`.

import { compensationNodeMembers } from "./compensation.ts";
import Type, { AnyObject, OneOf, type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;
const open = { additionalProperties: true } as const;

export const PortValue = Type.Union([
  Type.Object({ type: Type.Literal("static"), value: Type.Unknown() }, closed),
  Type.Object({ type: Type.Literal("expression"), expression: Type.String({ minLength: 1 }) }, closed),
  Type.Object(
    {
      type: Type.Literal("connection"),
      nodeId: Type.String({ minLength: 1 }),
      outputKey: Type.String({ minLength: 1 }),
      optional: Type.Optional(Type.Boolean({ default: false })),
    },
    closed,
  ),
  Type.Object(
    {
      type: Type.Literal("variable"),
      variableName: Type.String({ minLength: 1 }),
      optional: Type.Optional(Type.Boolean({ default: false })),
    },
    closed,
  ),
]);
export type PortValue = Static<typeof PortValue>;

/** Small provenance record of an agent (schema `agent-ref`). */
export const AgentRef = Type.Object(
  {
    agentId: Type.String({ minLength: 3, maxLength: 256 }),
    name: Type.Optional(Type.String({ maxLength: 256 })),
    modelClass: Type.Optional(Type.String()),
    memoryRef: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    version: Type.Optional(Type.String({ maxLength: 64 })),
    channel: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    sourceManifestId: Type.Optional(Type.String({ maxLength: 256 })),
  },
  closed,
);
export type AgentRef = Static<typeof AgentRef>;

export const WorkflowNode = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 128 }),
    typeId: Type.String({ minLength: 1, pattern: "^[a-z][a-zA-Z0-9._-]*$" }),
    name: Type.String({ minLength: 1 }),
    position: Type.Object({ x: Type.Number(), y: Type.Number() }, open),
    config: AnyObject,
    inputs: Type.Record(Type.String(), PortValue),
    credentialsRef: Type.Optional(Type.String()),
    settings: Type.Optional(AnyObject),
    outputRole: Type.Optional(Type.Union([Type.Literal("primary"), Type.Literal("secondary")])),
    disabled: Type.Optional(Type.Boolean({ default: false })),
    notes: Type.Optional(Type.String()),
    groupId: Type.Optional(Type.String()),
    agent: Type.Optional(AgentRef),
    envelopeContract: Type.Optional(AnyObject),
    artifactType: Type.Optional(Type.String()),
    cardType: Type.Optional(Type.String()),
    outputSensitivity: Type.Optional(Type.Record(Type.String(), Type.Boolean())),
    ...compensationNodeMembers,
  },
  closed,
);
export type WorkflowNode = Static<typeof WorkflowNode>;

export const EdgeCondition = Type.Object(
  {
    type: Type.Optional(
      Type.Union([
        Type.Literal("expression"),
        Type.Literal("equals"),
        Type.Literal("notEquals"),
        Type.Literal("contains"),
        Type.Literal("regex"),
      ]),
    ),
    left: Type.Optional(Type.String()),
    right: Type.Optional(Type.Unknown()),
    expression: Type.Optional(Type.String()),
  },
  closed,
);
export type EdgeCondition = Static<typeof EdgeCondition>;

export const TriggerRule = Type.Union([
  Type.Literal("all_success"),
  Type.Literal("any_success"),
  Type.Literal("all_complete"),
  Type.Literal("none_failed"),
  Type.Literal("any_failed"),
]);
export type TriggerRule = Static<typeof TriggerRule>;

export const WorkflowEdge = Type.Object(
  {
    id: Type.String({ minLength: 1 }),
    sourceNodeId: Type.String({ minLength: 1 }),
    sourceOutput: Type.Optional(Type.String()),
    targetNodeId: Type.String({ minLength: 1 }),
    targetInput: Type.Optional(Type.String()),
    label: Type.Optional(Type.String()),
    condition: Type.Optional(EdgeCondition),
    triggerRule: Type.Optional(TriggerRule),
  },
  closed,
);
export type WorkflowEdge = Static<typeof WorkflowEdge>;

export const triggerTypes = [
  "manual",
  "schedule",
  "webhook",
  "event",
  "artifact",
  "canvas",
  "envelope",
  "command",
  "chat-message",
  "channel-write",
] as const;

export const WorkflowTrigger = Type.Object(
  {
    id: Type.String({ minLength: 1 }),
    type: OneOf(triggerTypes),
    name: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    config: Type.Optional(AnyObject),
    enabled: Type.Optional(Type.Boolean({ default: true })),
    nodeId: Type.Optional(Type.String()),
    eventType: Type.Optional(Type.String()),
  },
  closed,
);

export const WorkflowVariable = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    type: Type.Union([
      Type.Literal("string"),
      Type.Literal("number"),
      Type.Literal("boolean"),
      Type.Literal("object"),
      Type.Literal("array"),
    ]),
    description: Type.Optional(Type.String()),
    required: Type.Optional(Type.Boolean({ default: false })),
    defaultValue: Type.Optional(Type.Unknown()),
    sensitive: Type.Optional(Type.Boolean({ default: false })),
  },
  closed,
);
export type WorkflowVariable = Static<typeof WorkflowVariable>;

const AccessList = Type.Array(
  Type.String({ minLength: 1, maxLength: 256, pattern: "^([a-z][a-zA-Z0-9._-]*\\*?|\\*)$" }),
  {
    uniqueItems: true,
    maxItems: 256,
  },
);

export const ChannelDeclaration = Type.Object(
  {
    reducer: Type.String({
      pattern: "^(replace|append|merge|counter|votes|feedback|message|vendor\\.[a-z][a-z0-9_-]*\\.[a-z][a-z0-9_-]*)$",
    }),
    schema: Type.Optional(AnyObject),
    default: Type.Optional(Type.Unknown()),
    maxSize: Type.Optional(Type.Integer({ minimum: 1 })),
    ttlMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000_000 })),
    options: Type.Optional(AnyObject),
    access: Type.Optional(
      Type.Union([
        Type.Literal("public"),
        Type.Literal("private"),
        Type.Object({ readers: Type.Optional(AccessList), writers: Type.Optional(AccessList) }, closed),
      ]),
    ),
    schemaVersion: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
    compatibleWith: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), { uniqueItems: true })),
    sensitive: Type.Optional(Type.Boolean({ default: false })),
  },
  closed,
);

export const WorkflowSettings = Type.Object(
  {
    timeout: Type.Optional(Type.Integer({ minimum: 0, description: "Longest duration of a run in ms; 0 = none." })),
    maxRetries: Type.Optional(Type.Integer({ minimum: 0 })),
    logLevel: Type.Optional(
      Type.Union([Type.Literal("debug"), Type.Literal("info"), Type.Literal("warn"), Type.Literal("error")]),
    ),
    maxLoopbackIterations: Type.Optional(Type.Integer({ minimum: 1, default: 5 })),
  },
  open,
);

export const WorkflowMetadata = Type.Object(
  {
    createdBy: Type.Optional(Type.String()),
    createdAt: Type.Optional(Type.String()),
    updatedBy: Type.Optional(Type.String()),
    updatedAt: Type.Optional(Type.String()),
    tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100 })),
    complianceClass: Type.Optional(OneOf(["public", "pii", "phi", "pci", "regulated"])),
    complianceConfig: Type.Optional(
      Type.Object({ maskingMode: Type.Optional(OneOf(["mask", "omit", "hash", "passthrough"])) }, open),
    ),
  },
  open,
);

const NodeGroup = Type.Object(
  {
    id: Type.String({ minLength: 1 }),
    name: Type.String({ minLength: 1 }),
    color: Type.Optional(Type.String()),
    collapsed: Type.Optional(Type.Boolean({ default: false })),
    nodeIds: Type.Array(Type.String()),
    position: Type.Object({ x: Type.Number(), y: Type.Number() }, open),
    size: Type.Object({ width: Type.Number(), height: Type.Number() }, open),
  },
  closed,
);

const PromptRef = Type.Union([Type.String(), AnyObject]);

export const WorkflowDefinition = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 128, pattern: "^[a-z][a-z0-9_-]*$" }),
    name: Type.String({ minLength: 1, maxLength: 256 }),
    version: Type.String({ minLength: 1 }),
    description: Type.Optional(Type.String()),
    type: Type.Optional(Type.String()),
    isActive: Type.Optional(Type.Boolean()),
    status: Type.Optional(OneOf(["active", "inactive", "draft", "archived"])),
    tenantId: Type.Optional(Type.String()),
    scopeId: Type.Optional(Type.String()),
    slug: Type.Optional(Type.String({ pattern: "^[a-z0-9][a-z0-9_-]*$" })),
    nodes: Type.Array(WorkflowNode, { minItems: 1, maxItems: 10_000 }),
    edges: Type.Array(WorkflowEdge, { maxItems: 50_000 }),
    triggers: Type.Array(WorkflowTrigger),
    variables: Type.Array(WorkflowVariable),
    groups: Type.Optional(Type.Array(NodeGroup)),
    channels: Type.Optional(Type.Record(Type.String(), ChannelDeclaration)),
    configurableSchema: Type.Optional(AnyObject),
    defaults: Type.Optional(
      Type.Object(
        {
          promptRefs: Type.Optional(
            Type.Object(
              {
                system: Type.Optional(PromptRef),
                user: Type.Optional(PromptRef),
                "few-shot": Type.Optional(PromptRef),
                "schema-hint": Type.Optional(PromptRef),
              },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
    metadata: WorkflowMetadata,
    settings: WorkflowSettings,
    acceptsInheritedArtifacts: Type.Optional(Type.Array(AnyObject)),
    createdAt: Type.Optional(Type.String()),
    updatedAt: Type.Optional(Type.String()),
  },
  { ...closed, $id: "WorkflowDefinition" },
);
export type WorkflowDefinition = Static<typeof WorkflowDefinition>;
