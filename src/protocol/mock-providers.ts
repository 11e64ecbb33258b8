// Mock AI providers: what `configurable.mockProvider` may say (runs.md §2.4). Test keys only.

import Type, { AnyObject, OneOf, type Static, type TSchema } from "./type.ts";

const closed = { additionalProperties: false } as const;
const DelayMs = Type.Optional(Type.Number({ minimum: 0, maximum: 5000 }));
const Model = Type.Optional(Type.String({ minLength: 1, maxLength: 256 }));
const Tokens = Type.Optional(Type.Integer({ minimum: 0 }));
const Usage = Type.Optional(
  Type.Object({ promptTokens: Tokens, completionTokens: Tokens, totalTokens: Tokens }, { additionalProperties: true }),
);

export const mockProviderIds = ["stream-text", "tool-calls", "error", "usage-only"] as const;
export type MockProviderId = (typeof mockProviderIds)[number];

/** What each mock may be told. */
export const mockConfigs: Readonly<Record<MockProviderId, TSchema>> = {
  "stream-text": Type.Object(
    {
      tokens: Type.Optional(Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 10_000 })),
      delayMsPerToken: DelayMs,
      finishReason: Type.Optional(OneOf(["stop", "length", "tool_calls", "content_filter"])),
      usage: Usage,
      model: Model,
    },
    closed,
  ),
  "tool-calls": Type.Object(
    {
      toolCalls: Type.Optional(
        Type.Array(
          Type.Object(
            {
              id: Type.String({ minLength: 1, maxLength: 128 }),
              name: Type.String({ minLength: 1, maxLength: 128 }),
              arguments: Type.Optional(Type.Unknown()),
            },
            closed,
          ),
          { maxItems: 128 },
        ),
      ),
      delayMsPerToken: DelayMs,
      model: Model,
    },
    closed,
  ),
  error: Type.Object(
    {
      code: Type.Optional(Type.String({ pattern: "^[A-Za-z][A-Za-z0-9_.-]{0,127}$" })),
      message: Type.Optional(Type.String({ maxLength: 4096 })),
      retryable: Type.Optional(Type.Boolean()),
      failAfterMs: DelayMs,
      model: Model,
    },
    closed,
  ),
  "usage-only": Type.Object({ usage: Usage, model: Model }, closed),
};

export const MockProviderChoice = Type.Object(
  { id: OneOf([...mockProviderIds]), config: Type.Optional(AnyObject) },
  { ...closed, $id: "MockProviderChoice" },
);
export type MockProviderChoice = Static<typeof MockProviderChoice>;
