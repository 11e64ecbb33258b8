import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createIds, createSequentialIds } from "#platform/ids.ts";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The 128 bits behind an id. */
function bitsOf(id: string): bigint {
  return [...id.slice(id.indexOf("_") + 1)].reduce((bits, sign) => bits * 32n + BigInt(ALPHABET.indexOf(sign)), 0n);
}

describe("an id", () => {
  it("is its prefix and 26 characters of Crockford base 32", () => {
    assert.match(createIds({ nowMs: () => Date.now() }).next("run"), /^run_[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  it("is a UUIDv7: time, version, variant", () => {
    const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    const bits = bitsOf(createIds({ nowMs: () => nowMs }).next("evt"));
    assert.equal(Number(bits >> 80n), nowMs);
    assert.equal((bits >> 76n) & 0xfn, 7n);
    assert.equal((bits >> 62n) & 0b11n, 0b10n);
  });

  it("holds the time up to the year 10889", () => {
    const nowMs = 2 ** 48 - 1;
    assert.equal(Number(bitsOf(createIds({ nowMs: () => nowMs }).next("evt")) >> 80n), nowMs);
  });
});

describe("ids of one generator", () => {
  it("grow whatever the clock does (I1)", () => {
    const steps = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 200 });
    fc.assert(
      fc.property(steps, (deltas) => {
        let nowMs = 1_000_000;
        const ids = createIds({ nowMs: () => nowMs });
        const made = deltas.map((delta) => {
          nowMs += delta;
          return ids.next("run");
        });
        assert.deepEqual(made, [...new Set(made)].sort());
      }),
    );
  });

  it("grow when the counter runs over inside one millisecond (I2)", () => {
    // The highest seed leaves half of the counter; with a clock that stands still that half is used up and passed.
    const ids = createIds({ nowMs: () => 5 }, (size) => new Uint8Array(size).fill(0xff));
    const first = bitsOf(ids.next("run")) >> 80n;
    let last = ids.next("run");
    for (let count = 0; count < 100_000; count++) {
      const next = ids.next("run");
      assert.ok(next > last);
      last = next;
    }
    assert.equal(first, 5n);
  });

  it("do not meet those of another process in the same millisecond (I3)", () => {
    const clock = { nowMs: () => 7 };
    const [one, other] = [createIds(clock), createIds(clock)];
    const made = Array.from({ length: 2000 }, () => [one.next("msg"), other.next("msg")]).flat();
    assert.equal(new Set(made).size, made.length);
  });

  it("cost less than a microsecond", () => {
    const ids = createIds({ nowMs: () => Date.now() });
    const make = (count: number) => {
      const startedMs = performance.now();
      for (let at = 0; at < count; at++) ids.next("evt");
      return ((performance.now() - startedMs) * 1e6) / count;
    };
    make(50_000);
    const bestNs = Math.min(make(50_000), make(50_000), make(50_000));
    assert.ok(bestNs < 1000, `${bestNs} ns`);
  });
});

describe("sequential ids", () => {
  it("count per prefix, for tests that compare texts", () => {
    const ids = createSequentialIds();
    assert.deepEqual([ids.next("run"), ids.next("run"), ids.next("evt")], ["run_0001", "run_0002", "evt_0001"]);
  });
});
