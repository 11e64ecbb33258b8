// Schema evolution on read (runs.md §11.3): writes that were made under an older version of the channel's schema are
// read only when the declaration lists that version as compatible and they fit today's schema.

import type { RunError } from "#protocol/errors.ts";
import type { Json } from "#protocol/json.ts";
import type { RunState } from "../state.ts";
import type { DeclaredChannel } from "./declared.ts";
import { emptyOf, reduce } from "./reducers.ts";
import type { OlderWrite } from "./writes.ts";

/** Checks a value against a schema out of a document. */
export type ValidateForeign = (schema: object, value: unknown) => { path: string; message: string }[];

/** The error of the first write that cannot be read any more; undefined: the channel can be read. */
export function breakingChange(
  state: RunState,
  channel: DeclaredChannel,
  validate: ValidateForeign,
): RunError | undefined {
  const broken = state.olderWrites.get(channel.name)?.find((write) => !isReadable(channel, write, validate));
  if (!broken) return undefined;
  return {
    code: "channel_schema_breaking_change",
    message: `Channel ${channel.name} holds a write of version ${broken.schemaVersion}, which version ${channel.schemaVersion} cannot read.`,
    details: {
      channel: channel.name,
      currentSchemaVersion: channel.schemaVersion,
      incompatibleEventVersion: broken.schemaVersion,
      incompatibleEventId: broken.eventId,
      migrationHint: "Declare a new channel for the new shape, and copy over what is still needed.",
    },
  };
}

function isReadable(channel: DeclaredChannel, write: OlderWrite, validate: ValidateForeign): boolean {
  if (!channel.compatibleWith.includes(write.schemaVersion)) return false;
  const alone = reduce(emptyOf(channel.reducer), write.value, { reducer: channel.reducer, nowMs: 0 });
  return channel.schema === undefined || fitsSchema(channel.schema, write.value, alone, validate);
}

/**
 * Whether a write fits the channel's schema. Workflows in use describe either the single write or the whole channel
 * (the published message fixture says `array`), so one of the two must fit (ADR 0011).
 */
export function fitsSchema(schema: object, written: Json, whole: Json, validate: ValidateForeign): boolean {
  return validate(schema, written).length === 0 || validate(schema, whole).length === 0;
}
