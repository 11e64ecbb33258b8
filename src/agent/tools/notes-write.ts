// openwop:parley.notes.write

import type { Tool, ToolInvocation, ToolOutcome } from "#ports/tools.ts";
import { readNoteName } from "../workspace/note-names.ts";
import { MAX_NOTE_BYTES, type Notes } from "../workspace/notes.ts";
import { failedByWorkspace } from "./notes-failures.ts";
import { modelNameOf } from "./tool-table.ts";
import { inWords } from "./words.ts";

const TOOL_ID = "openwop:parley.notes.write";

export function notesWriteTool(notes: Notes): Tool {
  return {
    toolId: TOOL_ID,
    modelName: modelNameOf(TOOL_ID),
    description:
      "Saves a note: a Markdown text under a name. `replace` (the usual mode) puts the text in the place of a note of " +
      "that name, `append` adds it at the end. A person is asked to agree first.",
    parameters: {
      type: "object",
      properties: {
        name: {
          type: "string",
          minLength: 1,
          maxLength: 200,
          description: "Letters, digits, - and _, up to 80; one folder may stand in front: trips/rome.",
        },
        text: { type: "string", minLength: 1, maxLength: MAX_NOTE_BYTES, description: "The whole text, in Markdown." },
        mode: { type: "string", enum: ["replace", "append"], description: "replace when left out." },
      },
      required: ["name", "text"],
      additionalProperties: false,
    },
    effectClass: "keyed",
    needsApproval: true,
    timeoutMs: 15_000,
    activity: ({ name }) => `writing note ${inWords(name)}`,
    request: ({ name, mode }) => `${mode === "append" ? "add to" : "save"} the note ${inWords(name)}`,
    async perform(invocation, signal) {
      try {
        return await writeNote(notes, invocation, signal);
      } catch (error) {
        return failedByWorkspace(`The note ${inWords(invocation.arguments.name)} was not saved`, error);
      }
    },
  };
}

async function writeNote(notes: Notes, invocation: ToolInvocation, signal: AbortSignal): Promise<ToolOutcome> {
  const { tenantId, effectId } = invocation;
  const { name, text, mode } = invocation.arguments;
  const named = readNoteName(name as string);
  if (named.outcome === "refused") return { outcome: "failed", message: named.message };
  const { note } = named;
  const write = { note, text: text as string, mode: mode === "append" ? mode : "replace", effectId } as const;
  const written = await notes.write(tenantId, write, signal);
  if (written.outcome === "unclear") return { outcome: "interrupted" };
  const { bytes, isNew } = written;
  return { outcome: "done", value: { name: note.name, path: `notes/${note.name}.md`, bytes, isNew } };
}
