import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createMasker } from "#platform/masking.ts";

const masker = createMasker([
  { id: "key", value: "s3cr3t-key/with+signs" },
  { id: "pass", value: 'pa"ss\\wo\nrd é' },
  { id: "pin", value: "12345678" },
]);
const mark = "[REDACTED:key]";

describe("masking", () => {
  for (const { name, text, masked } of [
    { name: "replaces a secret as it is", text: "use s3cr3t-key/with+signs now", masked: `use ${mark} now` },
    { name: "replaces every occurrence", text: "s3cr3t-key/with+signss3cr3t-key/with+signs", masked: mark + mark },
    { name: "replaces the URL-encoded form", text: "?k=s3cr3t-key%2Fwith%2Bsigns&x", masked: `?k=${mark}&x` },
    { name: "replaces the URL-encoded form in lower case", text: "k=s3cr3t-key%2fwith%2bsigns", masked: `k=${mark}` },
    { name: "replaces base 64", text: `b=${btoa("s3cr3t-key/with+signs")};`, masked: `b=${mark};` },
    {
      name: "replaces a JSON string's form in plain text",
      text: 'got "pa\\"ss\\\\wo\\nrd é"',
      masked: 'got "[REDACTED:pass]"',
    },
    { name: "replaces the ASCII form of JSON", text: 'x "pa\\"ss\\\\wo\\nrd \\u00e9"', masked: 'x "[REDACTED:pass]"' },
    { name: "replaces the slash-escaped form of JSON", text: 'x "s3cr3t-key\\/with+signs"', masked: `x "${mark}"` },
    { name: "leaves other text alone", text: "nothing here: s3cr3t-key", masked: "nothing here: s3cr3t-key" },
    { name: "leaves parts of longer numbers alone in JSON", text: '{"at":1712345678}', masked: '{"at":1712345678}' },
    {
      name: "replaces a number that is a secret by a string",
      text: '{"pin": 12345678}',
      masked: '{"pin": "[REDACTED:pin]"}',
    },
    {
      name: "keeps all other bytes of JSON",
      text: '{ "n":1.0,\n"k":"s3cr3t-key/with+signs" }',
      masked: `{ "n":1.0,\n"k":"${mark}" }`,
    },
    { name: "masks keys of JSON objects", text: '{"s3cr3t-key/with+signs":1}', masked: `{"${mark}":1}` },
    { name: "masks lines of JSON", text: '{"a":1}\n{"p":"12345678"}\n', masked: '{"a":1}\n{"p":"[REDACTED:pin]"}\n' },
  ]) {
    it(name, () => assert.equal(masker.mask(text), masked));
  }

  for (const before of ["", "u", "us", "user:"]) {
    it(`finds the secret inside longer base 64 (${before.length} bytes before it)`, () => {
      const secret = "a secret of some length";
      const text = Buffer.from(`${before}${secret}:more`).toString("base64");
      const masked = createMasker([{ id: "s", value: secret }]).mask(`Basic ${text}`);
      assert.match(masked, /^Basic [\w+/]*\[REDACTED:s\][\w+/=]*$/);
      const rest = masked.replace("[REDACTED:s]", "").length;
      assert.ok(rest < "Basic ".length + 8 + 8, masked);
    });
  }

  it("finds it in JSON inside JSON inside JSON, which all stay readable", () => {
    const nested = JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ c: 'pa"ss\\wo\nrd é' }) }) });
    const read = JSON.parse(JSON.parse(JSON.parse(masker.mask(nested)).a).b).c;
    assert.equal(read, "[REDACTED:pass]");
  });

  it("makes one mark of secrets that overlap, named after the longer", () => {
    const overlapping = createMasker([
      { id: "short", value: "abcdef" },
      { id: "long", value: "defghijk" },
    ]);
    assert.equal(overlapping.mask("-abcdefghijk-"), "-[REDACTED:long]-");
  });

  it("takes a secret inside another as the other", () => {
    const nested = createMasker([
      { id: "inner", value: "bcdefg" },
      { id: "outer", value: "abcdefgh" },
    ]);
    assert.equal(nested.mask("abcdefgh bcdefg"), "[REDACTED:outer] [REDACTED:inner]");
  });

  it("does not break an escape in front of a find", () => {
    const escapes = createMasker([{ id: "n", value: "nabcdef" }]);
    assert.equal(escapes.mask('["\\nabcdef","nabcdef"]'), '["\\nabcdef","[REDACTED:n]"]');
  });

  it("learns secrets later, and each only once", () => {
    const late = createMasker();
    assert.equal(late.add("late", "later-secret"), true);
    assert.equal(late.add("again", "later-secret"), true);
    assert.equal(late.mask("later-secret"), "[REDACTED:late]");
  });

  it("forgets a secret that is worthless, and keeps the others", () => {
    const masker = createMasker([{ id: "a", value: "first-secret" }]);
    masker.add("b", "second-secret");
    masker.remove("second-secret");
    masker.remove("never-there");
    assert.equal(masker.mask("first-secret second-secret"), "[REDACTED:a] second-secret");
    assert.equal(masker.add("c", "second-secret"), true);
    assert.equal(masker.mask("second-secret"), "[REDACTED:c]");
  });

  it("does not take values of fewer than six characters: they would hit words everywhere", () => {
    const short = createMasker([{ id: "word", value: "hello" }]);
    assert.equal(short.add("word", "hello"), false);
    assert.equal(short.mask("hello"), "hello");
  });

  it("makes names of marks that cannot break a text", () => {
    assert.equal(createMasker([{ id: 'a"b]\\', value: "secret-value" }]).mask("secret-value"), "[REDACTED:a_b__]");
  });
});

describe("masked JSON, whatever it holds", () => {
  // Characters that JSON, URLs and base 64 treat in their own ways, letters, and others.
  const sign = fc.constantFrom(...'aZ0"\\/\n\t+ %&={}[]:,é€😀\u0000-_nu');
  const secret = fc.string({ unit: sign, minLength: 6, maxLength: 14 });

  it("stays JSON of the same shape and holds no secret in any string", () => {
    const scenario = fc.tuple(fc.array(secret, { minLength: 1, maxLength: 3 }), fc.json({ maxDepth: 3 }));
    fc.assert(
      fc.property(scenario, fc.string({ unit: sign, maxLength: 5 }), ([secrets, other], filler) => {
        const value = {
          other: JSON.parse(other),
          [`${filler}k`]: secrets.map((one) => filler + one + filler),
          deep: [],
        };
        const text = JSON.stringify([value, JSON.stringify(value)]);
        const masking = createMasker(secrets.map((one, at) => ({ id: `s${at}`, value: one })));
        const masked = JSON.parse(masking.mask(text));
        assert.equal(masked.length, 2);
        for (const one of secrets) for (const found of stringsOf(masked)) assert.ok(!found.includes(one), found);
        assert.deepEqual(Object.keys(JSON.parse(masked[1])).length, Object.keys(masked[0]).length);
      }),
      { numRuns: 400 },
    );
  });

  it("is the same text when there is nothing to mask", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.equal(createMasker([{ id: "s", value: "§§no-such-text§§" }]).mask(text), text);
      }),
    );
  });
});

function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [key, ...stringsOf(child)]);
}

describe("masking without a find", () => {
  it("costs a few microseconds per commit with eight secrets", () => {
    const eight = createMasker(
      Array.from({ length: 8 }, (_, at) => ({ id: `s${at}`, value: `pk_${at}_${"Zq7-Xv_9".repeat(5)}${at}` })),
    );
    const text = JSON.stringify(
      Array.from({ length: 16 }, (_, at) => ({ type: "node.completed", sequence: at, text: "some words" })),
    );
    const measure = () => {
      const startedMs = performance.now();
      for (let at = 0; at < 2000; at++) eight.mask(text);
      return ((performance.now() - startedMs) * 1000) / 2000;
    };
    measure();
    const bestUs = Math.min(measure(), measure(), measure());
    assert.ok(bestUs < 50, `${bestUs} µs for ${text.length} characters`);
  });
});
