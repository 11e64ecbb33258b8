// Splitting a text by another, for `split` and `/`.

import type { Meter } from "./meter.ts";

/** The parts between the separators; an empty separator gives the code points, an empty text no part at all. */
export function splitText(text: string, separator: string, meter: Meter): string[] {
  meter.build(text.length);
  if (text === "") return [];
  if (separator === "") {
    meter.step(text.length);
    return Array.from(text);
  }
  // One part more than can be paid for is enough to find that out.
  const parts = text.split(separator, Math.min(meter.left + 1, text.length) + 1);
  meter.step(parts.length);
  return parts;
}
