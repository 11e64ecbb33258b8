import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = globSync("{src,bin,scripts,bench,console/src}/**/*.{ts,tsx,mjs}", { cwd: root });

const MAX_FUNCTION_LINES = 60;
const MAX_FILE_LINES = 500;

interface Sized {
  where: string;
  lines: number;
}

function functionsOf(file: string): Sized[] {
  const source = ts.createSourceFile(file, readFileSync(`${root}${file}`, "utf8"), ts.ScriptTarget.Latest, true);
  const found: Sized[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const from = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const to = source.getLineAndCharacterOfPosition(node.getEnd()).line;
      found.push({ where: `${file}:${from + 1}`, lines: to - from + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe("the code stays small", () => {
  const functions = files.flatMap(functionsOf).sort((a, b) => a.lines - b.lines);

  it(`99 functions in 100 have at most ${MAX_FUNCTION_LINES} lines`, () => {
    const p99 = functions[Math.ceil(functions.length * 0.99) - 1] as Sized;
    const longest = functions.slice(-5).map(({ where, lines }) => `${where} (${lines})`);
    assert.ok(p99.lines <= MAX_FUNCTION_LINES, `p99 is ${p99.lines}; longest: ${longest.join(", ")}`);
  });

  it(`no file has more than ${MAX_FILE_LINES} lines`, () => {
    const long = files.filter((file) => readFileSync(`${root}${file}`, "utf8").split("\n").length > MAX_FILE_LINES);
    assert.deepEqual(long, []);
  });
});
