// A ruling of a contract: one thing it says that a client can see, and the cases of this suite that assert it.

/** A test file without its ending, and words of the titles of cases in it (or of suites around them): each must pass. */
export type Cases = readonly [file: string, ...words: string[]];

export interface Ruling {
  /** Document and section, and a number within it: `runs 4.2/3`. Unique. */
  id: string;
  /** What the contract says, in a line. */
  says: string;
  /** Absent: nothing asserts it. */
  by?: Cases;
  /** Where a case of another file asserts the rest of it. */
  also?: Cases;
}
