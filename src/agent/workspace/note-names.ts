// Names of notes: what a model may call one, and where that lies.
//
//   N1. A name that is taken leads to a file below the notes folder, whatever was asked for.
//   N2. Two names that look the same are the same: names are normalised (NFC), and characters that cannot be seen
//       are refused.

export interface NoteName {
  /** The whole name: `picnic`, `trips/rome`. */
  readonly name: string;
  /** The folder it lies in; undefined: directly among the notes. */
  readonly folder: string | undefined;
  /** Name of its file, `rome.md`. */
  readonly file: string;
}

export type ReadName = { outcome: "named"; note: NoteName } | { outcome: "refused"; message: string };

export const NOTE_NAME_RULE =
  "letters, digits, - and _, up to 80 characters, at most one folder in front of it (trips/rome)";

const MAX_CHARACTERS = 80;
/** File systems take 255 bytes; a letter can have four. */
const MAX_SEGMENT_BYTES = 240;
const ENDING = ".md";
const SEGMENT = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_-]*$/u;
/** Letters and marks that leave no trace on a screen (fillers, joiners, variation selectors). */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** Names that Windows gives to devices, with any ending: a home can be copied there. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** Reads a name as given: spaces become dashes, the ending `.md` may stand or not. */
export function readNoteName(given: string): ReadName {
  // Longer texts are no names; normalising them would be work for nothing.
  const text = given.length > 4 * MAX_CHARACTERS ? "" : given.normalize("NFC").trim();
  const name = (text.endsWith(ENDING) ? text.slice(0, -ENDING.length) : text).replace(/ +/g, "-");
  const segments = name.split("/");
  const file = segments.at(-1) ?? "";
  if ([...name].length > MAX_CHARACTERS || segments.length > 2 || !segments.every(isSegment)) {
    const shown = JSON.stringify(given.length > MAX_CHARACTERS ? `${given.slice(0, MAX_CHARACTERS)}…` : given);
    return { outcome: "refused", message: `${shown} cannot be the name of a note; it needs ${NOTE_NAME_RULE}.` };
  }
  const folder = segments.length === 2 ? segments[0] : undefined;
  return { outcome: "named", note: { name, folder, file: `${file}${ENDING}` } };
}

/** The note that a file holds; undefined: it is none. `folder`: the folder it was found in. */
export function noteOfFile(file: string, folder: string | undefined): NoteName | undefined {
  if (!file.endsWith(ENDING)) return undefined;
  const read = readNoteName(folder === undefined ? file : `${folder}/${file}`);
  // Only what its own name leads back to: a note that is listed can be read.
  return read.outcome === "named" && read.note.file === file && read.note.folder === folder ? read.note : undefined;
}

/** One step of a name: it can neither leave its folder nor be hidden. */
export function isSegment(text: string): boolean {
  return (
    SEGMENT.test(text) &&
    !INVISIBLE.test(text) &&
    !DEVICE.test(text) &&
    Buffer.byteLength(text) + ENDING.length <= MAX_SEGMENT_BYTES
  );
}
