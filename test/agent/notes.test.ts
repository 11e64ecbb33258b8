import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { enterFolder, readFileIn, replaceFileIn, WorkspaceError } from "#agent/workspace/files.ts";
import { MAX_NOTE_BYTES } from "#agent/workspace/notes.ts";
import { sha256Hex } from "#protocol/canonical.ts";
import { temporaryFolder, type Workbench, workbench } from "./support.ts";

const folder = temporaryFolder();
const fresh = () => workbench(folder);
const textOf = (bench: Workbench, file: string) => readFileSync(join(bench.notes, file), "utf8");
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("writing a note", () => {
  it("makes it, and says where it is", async () => {
    const bench = fresh();
    const value = await bench.done("notes.write", { name: "Picnic plan", text: "Bring bread.\n" });
    assert.deepEqual(value, { name: "Picnic-plan", path: "notes/Picnic-plan.md", bytes: 13, isNew: true });
    assert.equal(textOf(bench, "Picnic-plan.md"), "Bring bread.\n");
    assert.deepEqual(readdirSync(bench.notes), ["Picnic-plan.md"]);
  });

  it("replaces the whole note when nothing else is said", async () => {
    const bench = fresh();
    await bench.done("notes.write", { name: "a", text: "one, and much longer than the other" });
    const { isNew } = await bench.done("notes.write", { name: "a", text: "two" });
    assert.equal(isNew, false);
    assert.equal(textOf(bench, "a.md"), "two");
  });

  it("appends on a line of its own", async () => {
    const bench = fresh();
    for (const text of ["one", "two\n", "three"]) await bench.done("notes.write", { name: "a", text, mode: "append" });
    assert.equal(textOf(bench, "a.md"), "one\ntwo\nthree");
  });

  it("loses nothing when many append at once (W3)", async () => {
    const bench = fresh();
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
    await Promise.all(lines.map((text) => bench.done("notes.write", { name: "a", text, mode: "append" })));
    assert.deepEqual(textOf(bench, "a.md").split("\n").sort(), lines.sort());
  });

  it("makes files and folders that only their owner can open, whatever the umask", async () => {
    for (const mask of [0, 0o077]) {
      const bench = fresh();
      rmSync(join(bench.workspace, "default"), { recursive: true });
      const before = process.umask(mask);
      try {
        await bench.done("notes.write", { name: "trips/rome", text: "x" });
      } finally {
        process.umask(before);
      }
      const modes = ["", "notes", "notes/trips", "notes/trips/rome.md", "notes-journal.json"].map((path) =>
        modeOf(join(bench.workspace, "default", path)),
      );
      assert.deepEqual(modes, ["700", "700", "700", "600", "600"]);
    }
  });

  it("takes a note of 256 KB and not a byte more", async () => {
    const bench = fresh();
    await bench.done("notes.write", { name: "a", text: "é".repeat(MAX_NOTE_BYTES / 2) });
    for (const args of [
      { name: "a", text: "x", mode: "append" },
      { name: "b", text: "é".repeat(MAX_NOTE_BYTES / 2 + 1) },
    ]) {
      const message = await bench.failed("notes.write", args);
      assert.match(message, /^The note [ab] was not saved: a note holds at most 256 KB\.$/);
    }
    assert.deepEqual(readdirSync(bench.notes), ["a.md"]);
  });

  it("keeps tenants apart", async () => {
    const bench = fresh();
    await bench.done("notes.write", { name: "a", text: "theirs" }, { tenantId: "acme" });
    assert.match(await bench.failed("notes.read", { name: "a" }), /There is no note a/);
    assert.equal((await bench.done("notes.read", { name: "a" }, { tenantId: "acme" })).text, "theirs");
    for (const tenantId of ["..", ".", "", "a/b", "../default", "a\0"]) {
      assert.match(await bench.failed("notes.read", { name: "a" }, { tenantId }), /tenant's id cannot be the name/);
      assert.match(await bench.failed("notes.write", { name: "a", text: "x" }, { tenantId }), /tenant's id cannot be/);
    }
  });

  it("that was aborted before it began changes nothing", async () => {
    const bench = fresh();
    const signal = AbortSignal.abort(new Error("stopped"));
    await assert.rejects(bench.call("notes.write", { name: "a", text: "x" }, { signal }), /stopped/);
    assert.deepEqual(readdirSync(bench.notes), []);
  });
});

describe("a write that is repeated after a crash", () => {
  const append = { name: "a", text: "two", mode: "append" };
  const effectId = "effect-of-two";

  async function afterOneLine(): Promise<Workbench> {
    const bench = fresh();
    await bench.done("notes.write", { name: "a", text: "one" });
    return bench;
  }

  it("is recognised when it had happened (W2)", async () => {
    const bench = await afterOneLine();
    const first = await bench.done("notes.write", append, { effectId });
    assert.deepEqual(await bench.done("notes.write", append, { effectId }), first);
    assert.equal(textOf(bench, "a.md"), "one\ntwo");
  });

  it("happens when it had not (W2)", async () => {
    const bench = await afterOneLine();
    await bench.done("notes.write", append, { effectId });
    // As if the crash had come between the journal and the note.
    writeFileSync(join(bench.notes, "a.md"), "one");
    await bench.done("notes.write", append, { effectId });
    assert.equal(textOf(bench, "a.md"), "one\ntwo");
  });

  it("is left alone when nobody can tell", async () => {
    const bench = await afterOneLine();
    await bench.done("notes.write", append, { effectId });
    writeFileSync(join(bench.notes, "a.md"), "rewritten by hand");
    assert.deepEqual(await bench.call("notes.write", append, { effectId }), { outcome: "interrupted" });
    assert.equal(textOf(bench, "a.md"), "rewritten by hand");
  });

  it("replaces the unfinished file that the crash left", async () => {
    const bench = await afterOneLine();
    const left = `.${sha256Hex(effectId).slice(0, 16)}.tmp`;
    writeFileSync(join(bench.notes, left), "half a no");
    await bench.done("notes.write", append, { effectId });
    assert.deepEqual(readdirSync(bench.notes), ["a.md"]);
    assert.equal(textOf(bench, "a.md"), "one\ntwo");
  });

  it("is told from another call with the same arguments", async () => {
    const bench = await afterOneLine();
    await bench.done("notes.write", append, { effectId });
    await bench.done("notes.write", append, { effectId: "another" });
    assert.equal(textOf(bench, "a.md"), "one\ntwo\ntwo");
  });

  it("needs a journal of bounded size only", async () => {
    const bench = fresh();
    for (let at = 0; at < 210; at += 1) await bench.done("notes.write", { name: "a", text: `${at}` });
    const journal = JSON.parse(readFileSync(join(bench.workspace, "default", "notes-journal.json"), "utf8"));
    assert.equal(journal.length, 200);
  });

  it("is not confused by a journal that someone spoilt", async () => {
    const bench = await afterOneLine();
    for (const text of ["", "{", "7", '[null, {"effectId": 1}]']) {
      writeFileSync(join(bench.workspace, "default", "notes-journal.json"), text);
      await bench.done("notes.write", append);
    }
    assert.equal(textOf(bench, "a.md"), "one\ntwo\ntwo\ntwo\ntwo");
  });
});

describe("reading a note", () => {
  it("answers its text and when it changed", async () => {
    const bench = fresh();
    await bench.done("notes.write", { name: "trips/rome", text: "Ciao" });
    const { name, text, changedAt, ...rest } = await bench.done("notes.read", { name: "trips/rome.md" });
    assert.deepEqual({ name, text, rest }, { name: "trips/rome", text: "Ciao", rest: {} });
    // Whole milliseconds, cut: `mtime` itself would round them.
    const { mtimeMs } = statSync(join(bench.notes, "trips/rome.md"));
    assert.equal(changedAt, new Date(Math.trunc(mtimeMs)).toISOString());
  });

  it("says which note was probably meant", async () => {
    const bench = fresh();
    await bench.done("notes.write", { name: "Picnic-plan", text: "x" });
    assert.match(
      await bench.failed("notes.read", { name: "picnic plan" }),
      /no note picnic-plan; did you mean Picnic-plan\?/,
    );
    assert.match(await bench.failed("notes.read", { name: "taxes" }), /no note taxes; search the notes/);
  });

  it("gives a long note in parts, without cutting a character in two", async () => {
    const bench = fresh();
    const whole = `x${"🧺".repeat(40_000)}`;
    writeFileSync(join(bench.notes, "long.md"), whole);
    let [text, from, parts] = ["", 0 as unknown, 0];
    while (from !== undefined) {
      const part = await bench.done("notes.read", { name: "long", from: from as number });
      assert.ok((part.text as string).length <= 32_000 && (part.text as string).isWellFormed());
      [text, from, parts] = [text + part.text, part.nextFrom, parts + 1];
    }
    assert.deepEqual([text === whole, parts], [true, 3]);
  });
});

/** Each prepares something hostile where the note `a` or `trips/a` would be; `outside` holds what must not be reached. */
const traps: { name: string; note: string; set(notes: string, outside: string): void; says: RegExp }[] = [
  {
    name: "a note that is a link to a file outside",
    note: "a",
    set: (notes, outside) => symlinkSync(join(outside, "a.md"), join(notes, "a.md")),
    says: /it is a link; links are not followed/,
  },
  {
    name: "a note that is a link to nothing",
    note: "a",
    set: (notes, outside) => symlinkSync(join(outside, "new.md"), join(notes, "a.md")),
    says: /it is a link; links are not followed/,
  },
  {
    name: "a folder that is a link outside",
    note: "trips/a",
    set: (notes, outside) => symlinkSync(outside, join(notes, "trips")),
    says: /a link/,
  },
  {
    name: "a folder that is a link to the notes themselves",
    note: "trips/a",
    set: (notes) => symlinkSync(".", join(notes, "trips")),
    says: /a link/,
  },
  {
    name: "notes that are a link outside",
    note: "a",
    set: (notes, outside) => {
      rmSync(notes, { recursive: true });
      symlinkSync(outside, notes);
    },
    says: /a link/,
  },
  {
    name: "a tenant that is a link outside",
    note: "a",
    set: (notes, outside) => {
      mkdirSync(join(outside, "notes"), { recursive: true });
      rmSync(join(notes, ".."), { recursive: true });
      symlinkSync(outside, join(notes, "..").replace(/\/$/, ""));
    },
    says: /a link/,
  },
  {
    name: "a note that is a pipe nobody writes to",
    note: "a",
    set: (notes) => execFileSync("mkfifo", [join(notes, "a.md")]),
    says: /it is not a regular file/,
  },
  {
    name: "a note that is a folder",
    note: "a",
    set: (notes) => mkdirSync(join(notes, "a.md")),
    says: /it is not a regular file|it is a folder/,
  },
  {
    name: "a folder that is a file",
    note: "trips/a",
    set: (notes) => writeFileSync(join(notes, "trips"), "x"),
    says: /is a link or a file/,
  },
  {
    name: "a note larger than a note can be",
    note: "a",
    set: (notes) => writeFileSync(join(notes, "a.md"), Buffer.alloc(MAX_NOTE_BYTES + 1)),
    says: /it is larger than 256 KB/,
  },
];

describe("a trap in the workspace:", () => {
  for (const { name, note, set, says } of traps) {
    it(`${name} is neither read, written nor searched`, async () => {
      const bench = fresh();
      const outside = join(bench.workspace, "..", `outside-${bench.workspace.slice(-6)}`);
      mkdirSync(outside);
      writeFileSync(join(outside, "a.md"), "a secret");
      set(bench.notes, outside);
      const before = readdirSync(outside, { recursive: true });
      assert.match(await bench.failed("notes.read", { name: note }), says);
      for (const mode of ["replace", "append"]) {
        assert.match(await bench.failed("notes.write", { name: note, text: "x", mode }), says);
      }
      const searched = await bench.call("notes.search", { query: "secret" });
      if (searched.outcome === "done") assert.deepEqual(searched.value.notes, []);
      else assert.equal(searched.outcome, "failed");
      assert.deepEqual(readdirSync(outside, { recursive: true }), before);
      assert.equal(readFileSync(join(outside, "a.md"), "utf8"), "a secret");
    });
  }

  it("a file that is no text is not read", async () => {
    const bench = fresh();
    writeFileSync(join(bench.notes, "a.md"), Buffer.from([0x61, 0xff, 0xfe]));
    assert.match(await bench.failed("notes.read", { name: "a" }), /not a text in UTF-8/);
  });

  it("a folder that is swapped for a link after it was entered is noticed (F2)", async () => {
    const root = join(fresh().workspace, "swapped");
    const outside = join(root, "outside");
    mkdirSync(join(root, "trips"), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(outside, "a.md"), "a secret");
    const entered = await enterFolder(root, ["trips"], false);
    assert.ok(entered);
    renameSync(entered, join(root, "elsewhere"));
    symlinkSync(outside, entered);
    const noticed = (error: unknown) =>
      error instanceof WorkspaceError && /changed at the same time/.test(error.message);
    await assert.rejects(readFileIn(entered, "a.md", 100), noticed);
    await assert.rejects(replaceFileIn(entered, "a.md", ".x.tmp", Buffer.from("x")), noticed);
    assert.deepEqual([readdirSync(outside), readFileSync(join(outside, "a.md"), "utf8")], [["a.md"], "a secret"]);
  });

  it("an unfinished file that is a link is replaced, not followed", async () => {
    const bench = fresh();
    const target = join(bench.workspace, "target");
    symlinkSync(target, join(bench.notes, `.${sha256Hex("e").slice(0, 16)}.tmp`));
    await bench.done("notes.write", { name: "a", text: "x" }, { effectId: "e" });
    assert.equal(existsSync(target), false);
    assert.deepEqual(readdirSync(bench.notes), ["a.md"]);
  });

  it("a workspace that is gone fails in words", async () => {
    const bench = fresh();
    rmSync(bench.workspace, { recursive: true });
    for (const [tool, args] of [
      ["notes.read", { name: "a" }],
      ["notes.search", { query: "a" }],
      ["notes.write", { name: "a", text: "x" }],
    ] as const) {
      assert.match(await bench.failed(tool, args), /the workspace is gone/);
    }
  });
});
