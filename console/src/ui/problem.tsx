// What went wrong, said where it went wrong.

import type { JSX } from "preact";

/** Nothing while there is nothing to say. Read aloud at once. */
export function Problem({ text }: { text: string | undefined }): JSX.Element | null {
  if (text === undefined) return null;
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}
