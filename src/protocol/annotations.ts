// Annotations on the wire (streams-webhooks.md §6; schemas `annotation`, `annotation-create`: closed).

import Type, { OneOf, type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;
const Id = Type.String({ minLength: 1, maxLength: 128 });
/** The host keeps no novels. */
const Text = Type.String({ maxLength: 4_096 });

export const annotationTargets = ["run", "event", "node"] as const;
export const annotationSignals = ["rating", "correction", "label", "flag"] as const;

const Signal = Type.Object(
  {
    kind: OneOf([...annotationSignals]),
    rating: Type.Optional(Type.Integer({ minimum: 1, maximum: 5 })),
    label: Type.Optional(Text),
    correction: Type.Optional(Text),
  },
  closed,
);

export const CreateAnnotation = Type.Object(
  {
    target: Type.Optional(Type.Object({ eventId: Type.Optional(Id), nodeId: Type.Optional(Id) }, closed)),
    signal: Signal,
    note: Type.Optional(Text),
  },
  { ...closed, $id: "CreateAnnotation" },
);
export type CreateAnnotation = Static<typeof CreateAnnotation>;

export const Annotation = Type.Object(
  {
    annotationId: Type.String(),
    target: Type.Object(
      { runId: Type.String(), eventId: Type.Optional(Type.String()), nodeId: Type.Optional(Type.String()) },
      closed,
    ),
    signal: Signal,
    actor: Type.Object({ principalRef: Type.String() }, closed),
    note: Type.Optional(Type.String()),
    createdAt: Type.String({ format: "date-time" }),
  },
  { ...closed, $id: "Annotation" },
);
export type Annotation = Static<typeof Annotation>;

export const AnnotationList = Type.Object(
  { annotations: Type.Array(Annotation) },
  { ...closed, $id: "AnnotationList" },
);
