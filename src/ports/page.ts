// A page of a list.

export interface Page<T> {
  items: T[];
  /** Opaque; absent when there is nothing more. */
  nextCursor?: string;
  /** The cursor that was given is none of this list: the page is empty because of that. */
  unknownCursor?: true;
}
