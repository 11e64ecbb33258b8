// The tools that parley brings along.

import type { Clock } from "#ports/clock.ts";
import type { Tool } from "#ports/tools.ts";
import { openNotes } from "../workspace/notes.ts";
import { calculatorTool } from "./calculator.ts";
import { notesReadTool } from "./notes-read.ts";
import { notesSearchTool } from "./notes-search.ts";
import { notesWriteTool } from "./notes-write.ts";
import { timeTool } from "./time.ts";

export interface BuiltInDeps {
  clock: Clock;
  /** IANA name of the time zone people mean when they name none. */
  timeZone: () => string;
  /** Absolute path of the home's workspace; it exists. */
  workspace: string;
}

export function builtInTools({ clock, timeZone, workspace }: BuiltInDeps): Tool[] {
  const notes = openNotes(workspace);
  return [
    timeTool(clock, timeZone),
    calculatorTool,
    notesSearchTool(notes),
    notesReadTool(notes),
    notesWriteTool(notes),
  ];
}
