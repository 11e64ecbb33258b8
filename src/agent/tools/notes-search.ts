// openwop:parley.notes.search

import type { Tool } from "#ports/tools.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type FoundNote, searchNotes, wordsOf } from "../workspace/note-search.ts";
import type { Notes } from "../workspace/notes.ts";
import { failedByWorkspace } from "./notes-failures.ts";
import { modelNameOf } from "./tool-table.ts";
import { inWords } from "./words.ts";

const TOOL_ID = "openwop:parley.notes.search";
const MAX_LIMIT = 20;
const USUAL_LIMIT = 5;

export function notesSearchTool(notes: Notes): Tool {
  return {
    toolId: TOOL_ID,
    modelName: modelNameOf(TOOL_ID),
    description:
      "Searches the notes for words and answers names and snippets, newest first. Use it before saying that nothing " +
      "is known about something, and to find the exact name of a note.",
    parameters: {
      type: "object",
      properties: {
        query: {
          type: "string",
          minLength: 1,
          maxLength: 200,
          description: "A few telling words; case does not matter.",
        },
        limit: {
          type: "integer",
          minimum: 1,
          maximum: MAX_LIMIT,
          description: `How many at most; ${USUAL_LIMIT} when left out.`,
        },
      },
      required: ["query"],
      additionalProperties: false,
    },
    effectClass: "read",
    needsApproval: false,
    timeoutMs: 30_000,
    activity: ({ query }) => `searching notes for ${inWords(query)}`,
    async perform({ tenantId, arguments: { query, limit } }, signal) {
      const words = wordsOf(query as string);
      if (words.length === 0) return { outcome: "failed", message: "The query has no word to search for." };
      const count = typeof limit === "number" ? limit : USUAL_LIMIT;
      try {
        const { found, allWords, searched, total } = await searchNotes(notes, tenantId, words, count, signal);
        return {
          outcome: "done",
          value: { query: query as string, notes: found.map(shown), allWords, searched, total },
        };
      } catch (error) {
        return failedByWorkspace("The notes cannot be searched", error);
      }
    },
  };
}

function shown({ name, changedMs, snippet }: FoundNote): JsonObject {
  return { name, changedAt: new Date(changedMs).toISOString(), snippet };
}
