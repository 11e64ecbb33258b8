// Arguments in the few words that people see while a tool works.

import type { Json } from "#protocol/json.ts";

const MAX_SHOWN_CHARACTERS = 60;

/** A text on one line, cut; anything but a text is not shown. */
export function inWords(argument: Json | undefined): string {
  if (typeof argument !== "string") return "…";
  const line = argument.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
  const characters = [...line.slice(0, 2 * MAX_SHOWN_CHARACTERS + 2)];
  return characters.length > MAX_SHOWN_CHARACTERS ? `${characters.slice(0, MAX_SHOWN_CHARACTERS - 1).join("")}…` : line;
}
