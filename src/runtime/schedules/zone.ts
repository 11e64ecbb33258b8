// Zones: what the clock on the wall of a place shows, and when it shows it.
//
//   wall time   the reading of the clock on the wall, as epoch ms as if the place were at UTC
//
//   Z1. Later wall times never come at earlier instants (instantOf).

/** Zones whose formatters are kept; a host uses a handful. */
const MAX_KEPT = 64;
/** No place changes its clock twice within this time. */
const DAY_MS = 86_400_000;

const formatters = new Map<string, Intl.DateTimeFormat>();

/** A zone of the IANA list, by its name. Offsets (`+02:00`) are no zones: they know no daylight saving. */
export function isZone(name: string): boolean {
  if (/^[+-]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What the wall shows at this instant. */
export function wallOf(zone: string, atMs: number): number {
  return atMs + offsetMs(zone, atMs);
}

/**
 * When the wall shows this time: the first of two instants where the clock is set back; where it is set forward over
 * this time, the instant at which that happens.
 */
export function instantOf(zone: string, wallMs: number): number {
  const before = offsetMs(zone, wallMs - DAY_MS);
  const after = offsetMs(zone, wallMs + DAY_MS);
  if (before === after) return wallMs - before;
  // The greater offset is the earlier instant.
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetMs(zone, wallMs - offset) === offset) return wallMs - offset;
  }
  return changeBetween(zone, wallMs - after, wallMs - before);
}

/** The wall showed the time of this instant once before: the clock was set back less than a day ago. */
export function isRepeated(zone: string, atMs: number): boolean {
  return instantOf(zone, wallOf(zone, atMs)) < atMs;
}

/** The first instant after `atMs` at which the wall shows a time it did not show before; `atMs` shows a repeated one. */
export function endOfRepetition(zone: string, atMs: number): number {
  return firstBetween(atMs, atMs + DAY_MS, (middle) => !isRepeated(zone, middle));
}

/** The instant at which the offset becomes that of `toMs`. */
function changeBetween(zone: string, fromMs: number, toMs: number): number {
  const changed = offsetMs(zone, toMs);
  return firstBetween(fromMs, toMs, (middle) => offsetMs(zone, middle) === changed);
}

/** The first instant for which something holds that holds at `toMs`, not at `fromMs`, and for good once it does. */
function firstBetween(fromMs: number, toMs: number, holds: (atMs: number) => boolean): number {
  let without = fromMs;
  let first = toMs;
  while (first - without > 1) {
    const middle = Math.floor((without + first) / 2);
    if (holds(middle)) first = middle;
    else without = middle;
  }
  return first;
}

/** Local time minus UTC at this instant, in ms. */
function offsetMs(zone: string, atMs: number): number {
  if (zone === "UTC") return 0;
  const shown = formatterOf(zone).format(atMs);
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(shown);
  if (!match) throw new Error(`the offset of ${zone} cannot be read from ${shown}`);
  const [, sign, hours = 0, minutes = 0, seconds = 0] = match;
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === "-" ? -size : size;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  if (formatters.size >= MAX_KEPT) formatters.clear();
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  formatters.set(zone, made);
  return made;
}
