// Why a run of the evaluator goes no further. A stop is a returned value, never thrown: whoever called decides what it
// means. Limits are different (meter.ts): nothing inside a program may survive them, so they are thrown.

import type { Json } from "#protocol/json.ts";

export class Stop {
  /** `cut`: no error; the construct that made it has all it wants and recognises it by identity. */
  readonly kind: "type_error" | "user_error" | "cut";
  /** What `catch` sees. */
  readonly value: Json;

  constructor(kind: Stop["kind"], value: Json) {
    this.kind = kind;
    this.value = value;
  }
}

/** An error of jq itself, such as a key asked of a number. `try` catches it. */
export function typeError(message: string): Stop {
  return new Stop("type_error", message);
}
