// Builds the web console: console/ -> console/dist/ (git ignores it). Plain JavaScript for Node >= 18.
//
//   node scripts/build-console.mjs            builds
//
//   K1. Names of assets carry the hash of their content: a browser may keep them for ever.
//   K2. A build is complete or not there: it is made beside the folder in service, then moved into its place.

import { createHash, randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a build reads, below console/. */
const SOURCES = ["src", "styles", "index.html", "icon.svg"];

/**
 * Whether console/dist was made from sources older than those that are there now. Reads only times.
 * @param {string} root folder of parley
 */
export function isConsoleStale(root) {
  const folder = join(root, "console");
  const built = timeOf(join(folder, "dist", "index.html"));
  return [...SOURCES.map((name) => join(folder, name)), join(root, "scripts", "build-console.mjs")].some(
    (path) => newestIn(path) > built,
  );
}

function timeOf(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** Folders count too: a file that was removed changes its folder. */
function newestIn(path) {
  const own = timeOf(path);
  if (extname(path) !== "") return own;
  try {
    return Math.max(
      own,
      ...readdirSync(path, { withFileTypes: true }).map((entry) => newestIn(join(path, entry.name))),
    );
  } catch {
    return own;
  }
}

/**
 * Builds console/dist.
 * @param {string} root folder of parley
 * @param {string} [target] another folder, for tests
 * @throws what esbuild throws, with its messages
 */
export async function buildConsole(root, target = join(root, "console", "dist")) {
  const { build } = await import("esbuild");
  const folder = join(root, "console");
  const { outputFiles } = await build({
    entryPoints: [
      { in: join(folder, "src", "main.tsx"), out: "console" },
      { in: join(folder, "styles", "console.css"), out: "console" },
    ],
    outdir: target,
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: ["es2022"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    tsconfigRaw: {},
    logLevel: "silent",
  });
  const assets = [
    ...outputFiles.map((file) => ({ name: `console${extname(file.path)}`, content: Buffer.from(file.contents) })),
    { name: "icon.svg", content: readFileSync(join(folder, "icon.svg")) },
  ];
  writeBuild(target, readFileSync(join(folder, "index.html"), "utf8"), assets);
}

function writeBuild(target, page, assets) {
  const made = `${target}.${randomUUID()}`;
  mkdirSync(join(made, "assets"), { recursive: true });
  let html = page;
  for (const { name, content } of assets) {
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
    const hashed = name.replace(/\.(\w+)$/, `-${hash}.$1`);
    writeFileSync(join(made, "assets", hashed), content);
    html = html.replaceAll(`="${name}"`, `="/assets/${hashed}"`);
  }
  writeFileSync(join(made, "index.html"), html);
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(made, target);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Another build of the same sources was quicker.
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildConsole(join(dirname(fileURLToPath(import.meta.url)), ".."));
}
