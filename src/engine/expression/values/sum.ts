// A running `+`, for `add`. Adding to a text, list or object that the sum itself has made extends it in place, so that
// n items cost n and not n * n. Nothing that came from outside is ever extended.

import type { Json, JsonObject } from "#protocol/json.ts";
import { add } from "./arithmetic.ts";
import { isObject, setMember } from "./kinds.ts";
import type { Meter } from "./meter.ts";
import { Stop } from "./stop.ts";

export class Sum {
  total: Json = null;
  #own = false;
  readonly #meter: Meter;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  add(value: Json): Stop | undefined {
    const { total } = this;
    if (typeof total === "string" && typeof value === "string") {
      this.#meter.hold(total.length + value.length);
      this.#meter.step(1 + value.length / 32);
      this.total = total + value;
    } else if (this.#own && Array.isArray(total) && Array.isArray(value)) {
      this.#meter.copy(value.length, total.length + value.length);
      for (const item of value) total.push(item);
    } else if (this.#own && isObject(total) && isObject(value)) {
      this.#extend(total, value);
    } else {
      return this.#start(value);
    }
    return undefined;
  }

  #extend(total: JsonObject, value: JsonObject): void {
    const keys = Object.keys(value);
    this.#meter.step(keys.length * 2);
    for (const key of keys) setMember(total, key, value[key] as Json);
  }

  #start(value: Json): Stop | undefined {
    const result = add(this.total, value, this.#meter);
    if (result instanceof Stop) return result;
    // null + value is the value itself, which is not ours.
    this.#own = this.total !== null && value !== null;
    this.total = result;
    return undefined;
  }
}
