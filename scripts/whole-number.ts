// Whole numbers on the command line of a script.

/** Ends the process with code 2 when the text is none. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  console.error(`${option} takes a whole number, not ${text}`);
  process.exit(2);
}

/** The seed that was given, or one of the moment: it is printed, so that the same can be asked for again. */
export function seedOf(text: string | undefined): number {
  const seed = text === undefined ? Date.now() % 1_000_000_000 : wholeNumber("--seed", text);
  console.error(`seed ${seed}`);
  return seed;
}
