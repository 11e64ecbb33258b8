// What the documents name is there, and what is there is named.

import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { repoRoot } from "#test/support/paths.ts";

const documents = globSync(
  "{*.md,{agents,bench,bin,config,console,docs,examples,prompts,scripts,src,test,workflows}/**/*.md}",
  {
    cwd: repoRoot,
  },
);

function read(file: string): string {
  return readFileSync(join(repoRoot, file), "utf8");
}

/** The names that headings of this text can be linked by. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

/** Links of a document into this repository that lead nowhere. */
function brokenLinksOf(file: string): string[] {
  const links = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links
    .filter((link) => !/^https?:/.test(link))
    .filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      if (!existsSync(join(repoRoot, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    })
    .map((link) => `${file}: ${link}`);
}

describe("the documents", () => {
  it("link to what is there", () => {
    assert.ok(documents.includes("README.md") && documents.includes("docs/http.md"));
    assert.deepEqual(documents.flatMap(brokenLinksOf), []);
  });

  it("list every decision record under its own title", () => {
    const records = globSync("docs/adr/0*.md", { cwd: repoRoot }).sort();
    const rows = records.map((file) => {
      const [, number, title] = /^# (\d{4}) (.+)$/m.exec(read(file)) ?? [];
      return `| [${number}](${file.slice("docs/adr/".length)}) | ${title} |`;
    });
    const listed = read("docs/adr/README.md")
      .split("\n")
      .filter((line) => line.startsWith("| [0"));
    assert.deepEqual(listed, rows);
  });

  it("name every folder of src in the plan of the house", () => {
    const plan = read("docs/architecture.md");
    const folders = globSync("src/*/", { cwd: repoRoot }).concat(globSync("src/*/*/", { cwd: repoRoot }));
    const names = folders.map((folder) => folder.replace(/\/$/, "").slice("src/".length));
    const missing = names.filter((name) => !plan.includes(`\`${name}\``) && !plan.includes(`\`${name}/\``));
    assert.ok(names.includes("engine/turn"));
    assert.deepEqual(missing, []);
  });
});
