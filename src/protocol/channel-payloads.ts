// Payload schemas of what happens to state channels: writes (schema `channel-written-payload`, runs.md §11.3; the
// published pattern leaves out the reducer `message`, ours has it, §18, 6), and the triggers they fire.

import Type from "./type.ts";

export const channelPayloads = {
  "channel.written": Type.Object(
    {
      channel: Type.String({ minLength: 1, maxLength: 256 }),
      value: Type.Unknown(),
      reducer: Type.String({
        pattern: "^(replace|append|merge|counter|votes|feedback|message|vendor\\.[a-z][a-z0-9_-]*\\.[a-z][a-z0-9_-]*)$",
      }),
      writtenAt: Type.String({ format: "date-time" }),
      nodeId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
      schemaVersion: Type.Optional(Type.Integer({ minimum: 1 })),
      sourceEngineId: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
      sourceRunId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    },
    { additionalProperties: false },
  ),
  "parley.trigger.fired": Type.Object(
    {
      triggerId: Type.String({ minLength: 1 }),
      targetNodeId: Type.String({ minLength: 1 }),
      channel: Type.String({ minLength: 1 }),
      nodeIds: Type.Array(Type.String(), { minItems: 1, description: "What begins anew, the target first." }),
    },
    { additionalProperties: false },
  ),
};
