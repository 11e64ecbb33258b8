// Models on the wire: which language model serves, how it is set, the test call (host-surfaces.md §7.1, `models`).

import Type, { OneOf, type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;

/** As `provider` in the configuration. */
export const modelProviders = ["scripted", "openai", "anthropic"] as const;

/** What a model is set to. `apiKey` is the key itself: it goes into a file of the home and is never read back. */
export const SetModel = Type.Object(
  {
    provider: OneOf(modelProviders),
    model: Type.String({ minLength: 1, maxLength: 256 }),
    baseUrl: Type.Optional(
      Type.String({
        pattern: "^https?://[^\\s@]+$",
        maxLength: 2048,
        description: "An http:// or https:// address without credentials.",
      }),
    ),
    // Shorter values cannot be masked in logs, and what a header carries is visible ASCII.
    apiKey: Type.Optional(Type.String({ minLength: 8, maxLength: 512, pattern: "^[\\x21-\\x7e]+$" })),
  },
  { ...closed, $id: "SetModel" },
);
export type SetModel = Static<typeof SetModel>;

/** `hasKey`: a key is set and can be read. */
export const ModelShown = Type.Object(
  {
    provider: Type.String(),
    model: Type.String(),
    baseUrl: Type.Optional(Type.String()),
    hasKey: Type.Boolean(),
  },
  closed,
);

/** `offline`: no model is connected, the built-in one answers from a script. */
export const ModelList = Type.Object(
  { models: Type.Object({ default: ModelShown }, closed), offline: Type.Boolean() },
  { ...closed, $id: "ModelList" },
);
export type ModelList = Static<typeof ModelList>;

export const ModelTested = Type.Object(
  { ok: Type.Boolean(), message: Type.String(), latencyMs: Type.Integer({ minimum: 0 }) },
  { ...closed, $id: "ModelTested" },
);
export type ModelTested = Static<typeof ModelTested>;
