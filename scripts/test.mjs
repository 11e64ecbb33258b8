// npm test: the checks, then the tests. Plain JavaScript for Node >= 18; it goes on with the Node that parley runs on.
//
//   npm test                  format and lint, types, layers, and every test
//   npm test -- PATTERN ...   only test files whose path contains a PATTERN (or matches it as a glob); no checks
//
// The test runner's own summary comes last. The exit code is 0 when everything passed.

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { endLike, runChild } from "./child.mjs";
import { findNode, isRecentEnough, NO_NODE_MESSAGE } from "./node24.mjs";

/** Test files at a time. Many start daemons: more than the cores only makes their deadlines tight. */
const CONCURRENCY = 2;
/** For one test; the slowest ones kill and restart daemons for a minute. */
const TEST_TIMEOUT_MS = 180_000;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const patterns = process.argv.slice(2);
if (isRecentEnough(process.versions.node)) await runHere();
else await runWithRecentNode();

async function runWithRecentNode() {
  const node = findNode(root);
  if (node !== undefined) return endLike(await runChild(node, process.argv.slice(1), { stdio: "inherit" }));
  process.stderr.write(NO_NODE_MESSAGE);
  process.exitCode = 1;
}

async function runHere() {
  const files = testFiles();
  if (files.length === 0) {
    process.stderr.write(`No test file matches ${patterns.join(" ")}.\n`);
    process.exitCode = 1;
    return;
  }
  const checksPassed = patterns.length > 0 || (await runChecks());
  const outcome = await runTests(files);
  if (outcome.code === 0 && !checksPassed) process.exit(1);
  endLike(outcome);
}

function testFiles() {
  const files = fs.globSync("test/**/*.test.ts", { cwd: root }).sort();
  if (patterns.length === 0) return files;
  const matched = new Set(patterns.flatMap((pattern) => fs.globSync(pattern, { cwd: root })));
  return files.filter((file) => matched.has(file) || patterns.some((pattern) => file.includes(pattern)));
}

function runTests(files) {
  const options = ["--test", "--test-reporter=spec", `--test-timeout=${TEST_TIMEOUT_MS}`];
  const args = [...options, `--test-concurrency=${CONCURRENCY}`, ...files];
  return runChild(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
}

/** All at once: they wait for different things. Their output comes when each is done. */
async function runChecks() {
  const rooms = ["src", "channels", "memory"].filter((room) => fs.existsSync(join(root, room)));
  const checks = [
    check("format and lint", "@biomejs/biome/bin/biome", ["ci", "."]),
    check("types", "typescript/bin/tsc", ["--noEmit"]),
    check("console types", "typescript/bin/tsc", ["--noEmit", "-p", "console"]),
    check("layers", "dependency-cruiser/bin/dependency-cruise.mjs", ["--config", ".dependency-cruiser.mjs", ...rooms]),
  ];
  return (await Promise.all(checks)).every((passed) => passed);
}

/** @returns {Promise<boolean>} whether it passed */
async function check(name, tool, args) {
  const startedMs = performance.now();
  const { code, output } = await collect([join(root, "node_modules", tool), ...args]);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? "✔" : "✖"} ${name} (${seconds} s)\n${code === 0 ? "" : `${output}\n`}`);
  return code === 0;
}

function collect(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}
