// openwop:parley.notes.read

import { nearest } from "#platform/config/nearest.ts";
import type { Tool, ToolOutcome } from "#ports/tools.ts";
import { readNoteName } from "../workspace/note-names.ts";
import type { Notes } from "../workspace/notes.ts";
import { failedByWorkspace } from "./notes-failures.ts";
import { modelNameOf } from "./tool-table.ts";
import { inWords } from "./words.ts";

const TOOL_ID = "openwop:parley.notes.read";
/** What one call answers: about 8 000 tokens. The rest of a longer note is read by further calls. */
const MAX_ANSWER_CHARACTERS = 32_000;

export function notesReadTool(notes: Notes): Tool {
  return {
    toolId: TOOL_ID,
    modelName: modelNameOf(TOOL_ID),
    description:
      "Reads one note. Use it when a snippet of a search is not enough. A long note comes in parts: `nextFrom` then " +
      "says where the next one begins.",
    parameters: {
      type: "object",
      properties: {
        name: { type: "string", minLength: 1, maxLength: 200, description: "Name of the note, as a search shows it." },
        from: { type: "integer", minimum: 0, description: "Where to begin, in characters; 0 when left out." },
      },
      required: ["name"],
      additionalProperties: false,
    },
    effectClass: "read",
    needsApproval: false,
    timeoutMs: 15_000,
    activity: ({ name }) => `reading note ${inWords(name)}`,
    async perform({ tenantId, arguments: { name, from } }, signal) {
      try {
        return await readNote(notes, tenantId, name as string, typeof from === "number" ? from : 0, signal);
      } catch (error) {
        return failedByWorkspace(`The note ${inWords(name)} cannot be read`, error);
      }
    },
  };
}

async function readNote(
  notes: Notes,
  tenantId: string,
  given: string,
  from: number,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  const named = readNoteName(given);
  if (named.outcome === "refused") return { outcome: "failed", message: named.message };
  const { name } = named.note;
  const read = await notes.read(tenantId, named.note);
  if (!read) return { outcome: "failed", message: await missing(notes, tenantId, name, signal) };
  const to = endOfPart(read.text, from);
  return {
    outcome: "done",
    value: {
      name,
      changedAt: new Date(read.changedMs).toISOString(),
      text: read.text.slice(from, to),
      ...(to < read.text.length && { nextFrom: to }),
    },
  };
}

/** A part does not end between the two halves of a character. */
function endOfPart(text: string, from: number): number {
  const to = from + MAX_ANSWER_CHARACTERS;
  return /[\uD800-\uDBFF]/.test(text.charAt(to - 1)) ? to - 1 : to;
}

async function missing(notes: Notes, tenantId: string, name: string, signal: AbortSignal): Promise<string> {
  const names = (await notes.list(tenantId, signal)).map(({ note }) => note.name);
  const meant = nearest(name, names);
  const hint = meant === undefined ? "search the notes for its words" : `did you mean ${meant}?`;
  return `There is no note ${name}; ${hint}`;
}
