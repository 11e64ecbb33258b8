// Pages of the store as lists on the wire.

import type { Page } from "#ports/store.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";

/** `{[name]: items, nextCursor?}`. Throws `validation_error` when the cursor was none of this list. */
export function listBody<T>(name: string, page: Page<T>, show: (item: T) => JsonObject): JsonObject {
  if (page.unknownCursor) throw unknownCursor();
  return {
    [name]: page.items.map(show),
    ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }),
  };
}

export function unknownCursor(): ParleyError {
  return new ParleyError("validation_error", { field: "cursor" }, { message: "This cursor is not one of this list." });
}
