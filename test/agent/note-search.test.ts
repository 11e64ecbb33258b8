import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder, type Workbench, workbench } from "./support.ts";

const folder = temporaryFolder();

/** A workspace with these notes, the first the newest. */
function withNotes(texts: Record<string, string>): Workbench {
  const bench = workbench(folder);
  for (const [at, [name, text]] of Object.entries(texts).entries()) {
    const file = join(bench.notes, `${name}.md`);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
    utimesSync(file, 1_700_000_000 - at, 1_700_000_000 - at);
  }
  return bench;
}

async function found(bench: Workbench, query: string, limit?: number): Promise<string[]> {
  const value = await bench.done("notes.search", { query, ...(limit !== undefined && { limit }) });
  return (value.notes as { name: string }[]).map(({ name }) => name);
}

describe("a search of the notes", () => {
  const bench = withNotes({
    today: "A party in the Park. Bring salad!",
    "trips/rome": "Picnics on the Pincio, Café Greco.",
    picnic: "bread, cheese",
    old: "A picnic in the park with bread",
    japan: "東京旅行の計画",
  });

  for (const { name, query, notes } of [
    { name: "finds a word, whatever its case", query: "SALAD", notes: ["today"] },
    { name: "finds words that begin with it", query: "picnic", notes: ["trips/rome", "picnic", "old"] },
    { name: "does not find it inside of words", query: "art", notes: [] },
    { name: "wants all words", query: "park bread", notes: ["old"] },
    { name: "takes some of the words when no note has all", query: "salad cheese", notes: ["today", "picnic"] },
    { name: "counts words of the name", query: "rome greco", notes: ["trips/rome"] },
    { name: "compares letters, not how they are written down", query: "cafe\u0301", notes: ["trips/rome"] },
    { name: "finds words of scripts without spaces anywhere", query: "旅行", notes: ["japan"] },
    { name: "takes signs for spaces", query: "park, (bread)*", notes: ["old"] },
  ]) {
    it(name, async () => assert.deepEqual(await found(bench, query), notes));
  }

  it("says whether the notes have all of the words", async () => {
    assert.equal((await bench.done("notes.search", { query: "park bread" })).allWords, true);
    assert.equal((await bench.done("notes.search", { query: "salad cheese" })).allWords, false);
  });

  it("answers no more than it was asked for, the newest first", async () => {
    assert.deepEqual(await found(bench, "picnic", 2), ["trips/rome", "picnic"]);
  });

  it("answers five when nothing is said", async () => {
    const many = withNotes(Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`n${at}`, "same"])));
    assert.deepEqual(await found(many, "same"), ["n0", "n1", "n2", "n3", "n4"]);
  });

  it("shows where the word stands, on one line", async () => {
    const text = `${"🧺before ".repeat(50)}\n\nThe word\tstands here. ${"after 🧺".repeat(50)}`;
    const value = await withNotes({ long: text }).done("notes.search", { query: "stands" });
    const [note] = value.notes as { snippet: string; changedAt: string }[];
    assert.match(note?.snippet ?? "", /^….*The word stands here\. .*…$/u);
    assert.ok((note?.snippet.length ?? 0) < 260 && note?.snippet.isWellFormed());
    assert.equal(note?.changedAt, new Date(1_700_000_000_000).toISOString());
  });

  it("shows the beginning when only the name matches", async () => {
    const value = await bench.done("notes.search", { query: "today" });
    assert.equal((value.notes as { snippet: string }[])[0]?.snippet, "A party in the Park. Bring salad!");
  });

  it("needs a word", async () => {
    assert.match(await bench.failed("notes.search", { query: "?! …" }), /no word to search for/);
  });

  it("finds nothing where there is nothing", async () => {
    const value = await workbench(folder).done("notes.search", { query: "x" }, { tenantId: "new" });
    assert.deepEqual(value, { query: "x", notes: [], allWords: false, searched: 0, total: 0 });
  });

  it("passes over what is no note, and what cannot be read (S2)", async () => {
    const mixed = withNotes({ good: "word", bad: "word" });
    writeFileSync(join(mixed.notes, "bad.md"), Buffer.from([0x77, 0xff]));
    writeFileSync(join(mixed.notes, "picture.png"), "word");
    writeFileSync(join(mixed.notes, ".hidden.md"), "word");
    mkdirSync(join(mixed.notes, "a", "b"), { recursive: true });
    writeFileSync(join(mixed.notes, "a", "b", "deep.md"), "word");
    symlinkSync(join(mixed.notes, "good.md"), join(mixed.notes, "link.md"));
    assert.deepEqual(await found(mixed, "word"), ["good"]);
  });

  it("looks at the 2 000 newest notes, and says of how many (S1)", async () => {
    const notes = Object.fromEntries(
      Array.from({ length: 2_050 }, (_, at) => [`n${at}`, at === 2_049 ? "oldest" : "x"]),
    );
    const { notes: hits, searched, total } = await withNotes(notes).done("notes.search", { query: "oldest" });
    assert.deepEqual({ hits, searched, total }, { hits: [], searched: 2_000, total: 2_050 });
  });

  it("reads a bounded number of bytes (S1)", async () => {
    const text = "x ".repeat(128 * 1024);
    const large = withNotes(Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`n${at}`, text])));
    const { searched, total } = await large.done("notes.search", { query: "nothing" });
    assert.deepEqual({ searched, total }, { searched: 65, total: 70 });
  });

  it("stops when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await assert.rejects(bench.call("notes.search", { query: "picnic" }, { signal }), /stopped/);
  });
});
