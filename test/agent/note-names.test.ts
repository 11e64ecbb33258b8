import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { noteOfFile, readNoteName } from "#agent/workspace/note-names.ts";
import { temporaryFolder, workbench } from "./support.ts";

function pathOf(given: string): string | undefined {
  const read = readNoteName(given);
  return read.outcome === "named" ? join(read.note.folder ?? "", read.note.file) : undefined;
}

describe("the name of a note", () => {
  for (const { given, path } of [
    { given: "picnic", path: "picnic.md" },
    { given: "picnic.md", path: "picnic.md" },
    { given: "  Picnic plan 2 ", path: "Picnic-plan-2.md" },
    { given: "two  spaces", path: "two-spaces.md" },
    { given: "trips/rome", path: "trips/rome.md" },
    { given: "trips/rome.md", path: "trips/rome.md" },
    { given: "_drafts/x-1_2", path: "_drafts/x-1_2.md" },
    { given: "旅行", path: "旅行.md" },
    { given: "हिन्दी", path: "हिन्दी.md" },
    { given: "caf\u0065\u0301", path: "caf\u00e9.md" },
    { given: "a".repeat(80), path: `${"a".repeat(80)}.md` },
    { given: "console", path: "console.md" },
  ]) {
    it(`${JSON.stringify(given.slice(0, 20))} leads to ${path.slice(0, 20)}`, () => assert.equal(pathOf(given), path));
  }

  for (const { name, given } of [
    { name: "nothing", given: "" },
    { name: "an ending alone", given: ".md" },
    { name: "the folder above", given: ".." },
    { name: "a way out", given: "../secret" },
    { name: "a way out through a folder", given: "trips/../../secret" },
    { name: "a way out with another slash", given: "..\\secret" },
    { name: "an absolute path", given: "/etc/passwd" },
    { name: "a drive", given: "C:secret" },
    { name: "a home", given: "~/secret" },
    { name: "two folders", given: "a/b/c" },
    { name: "an empty folder", given: "a//b" },
    { name: "a folder alone", given: "trips/" },
    { name: "a hidden file", given: ".bashrc" },
    { name: "a hidden folder", given: ".ssh/key" },
    { name: "an option", given: "-rf" },
    { name: "a NUL", given: "picnic\0.md" },
    { name: "a line break", given: "a\nb" },
    { name: "full-width dots and slash", given: "．．／secret" },
    { name: "a slash look-alike", given: "a\u2215b" },
    { name: "a joiner nobody sees", given: "pic\u200dnic" },
    { name: "a filler letter nobody sees", given: "a\u3164" },
    { name: "a selector nobody sees", given: "a\ufe0f" },
    { name: "text that runs backwards", given: "a\u202egpj" },
    { name: "half a character", given: "a\ud83d" },
    { name: "a device", given: "CON" },
    { name: "a device with an ending", given: "nul.md" },
    { name: "a device's folder", given: "com1/x" },
    { name: "81 characters", given: "a".repeat(81) },
    { name: "80 characters of too many bytes", given: "𝒜".repeat(80) },
    { name: "a million characters", given: "a".repeat(1_000_000) },
  ]) {
    it(`is not ${name}`, () => {
      const read = readNoteName(given);
      assert.ok(read.outcome === "refused", JSON.stringify(read));
      assert.match(
        read.message,
        /^".*" cannot be the name of a note; it needs letters, digits, - and _, up to 80 char/s,
      );
      assert.ok(read.message.length < 400, "the message stays short");
    });
  }

  it("is the same for a listed file as for a person", () => {
    assert.equal(noteOfFile("rome.md", "trips")?.name, "trips/rome");
    for (const file of ["rome.txt", ".rome.md", "my rome.md", "caf\u0065\u0301.md", "rome.md.md"]) {
      const note = noteOfFile(file, undefined);
      assert.equal(note, undefined, `${file} cannot be asked for by its name`);
    }
  });
});

const hostile = fc.constantFrom(
  "..",
  "/",
  "\\",
  ".",
  "~",
  "\0",
  "%2e",
  "．",
  "／",
  "\u2215",
  "CON",
  ".md",
  " ",
  "é",
  "-",
  "a",
);
const names = fc.oneof(
  fc.string({ unit: "binary", maxLength: 100 }),
  fc
    .array(fc.oneof(hostile, fc.string({ unit: "grapheme", maxLength: 5 })), { maxLength: 12 })
    .map((all) => all.join("")),
);

describe("any name", () => {
  it("leads to a file below the folder, or nowhere (N1)", () => {
    fc.assert(
      fc.property(names, (given) => {
        const path = pathOf(given);
        if (path === undefined) return;
        const steps = relative("/notes", join("/notes", path)).split(sep);
        assert.ok(steps.length <= 2 && steps.every((step) => /^[^./\\\0\s][^/\\\0\s]*$/.test(step)), path);
        assert.ok(path.endsWith(".md") && steps.every((step) => Buffer.byteLength(step) <= 255));
        assert.equal(path, path.normalize("NFC"));
      }),
      { numRuns: 3000 },
    );
  });

  it("leads to the same file when it is read again (N2)", () => {
    fc.assert(
      fc.property(names, (given) => {
        const read = readNoteName(given);
        if (read.outcome === "named") assert.deepEqual(readNoteName(read.note.name), read);
        if (read.outcome === "named") assert.equal(pathOf(given.normalize("NFD")), pathOf(given));
      }),
      { numRuns: 3000 },
    );
  });

  it("that is written makes nothing outside of the notes, and can be read", async () => {
    const outside = temporaryFolder();
    const bench = workbench(outside);
    mkdirSync(join(outside, "secret"));
    writeFileSync(join(outside, "secret", "note.md"), "untouched");
    const before = [readdirSync(outside), readdirSync(bench.workspace)];
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const written = await bench.call("notes.write", { name, text: name });
        if (written.outcome === "done") {
          assert.ok(existsSync(join(bench.notes, "..", written.value.path as string)));
          assert.equal((await bench.done("notes.read", { name })).name, written.value.name);
        }
        assert.deepEqual([readdirSync(outside), readdirSync(bench.workspace)], before);
      }),
      { numRuns: 100 },
    );
    assert.deepEqual(readdirSync(join(bench.workspace, "default")).sort(), ["notes", "notes-journal.json"]);
  });
});
