// Which Node runs parley: plain JavaScript for Node >= 18, used before anything else can be.

import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** parley is TypeScript that Node runs by stripping its types: without a flag or a warning that takes this version. */
export const NEEDED_MAJOR = 24;

/** @param {string} version for instance `24.21.0` */
export function isRecentEnough(version) {
  return Number.parseInt(version, 10) >= NEEDED_MAJOR;
}

/**
 * Path of a Node that can run parley: the platform package that `npm ci` installs, else one on PATH.
 * @param {string} root folder of parley
 * @returns {string | undefined}
 */
export function findNode(root) {
  return bundledNode(root) ?? nodeOnPath();
}

/** There are no such packages for macOS and Windows. */
function bundledNode(root) {
  const folder = join(root, "node_modules", `node-${process.platform}-${process.arch}`);
  try {
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const path = join(folder, "bin", "node");
    return isRecentEnough(version) && isExecutable(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function nodeOnPath() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...new Set(folders)].map((folder) => join(folder, "node")).find((path) => isExecutable(path) && runs(path));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function runs(path) {
  try {
    const options = { encoding: "utf8", timeout: 5000, stdio: ["ignore", "pipe", "ignore"] };
    return isRecentEnough(execFileSync(path, ["-p", "process.versions.node"], options));
  } catch {
    return false;
  }
}

export const NO_NODE_MESSAGE = `parley needs Node ${NEEDED_MAJOR} or later and found none (this is ${process.version}).
Install one from https://nodejs.org, or let npm bring it along: run \`npm ci\` in parley's folder without --omit=optional.
`;

/**
 * How Node runs the daemon. Its garbage is small and lives shortly: with V8's own bound of the young generation it would
 * hold some 30 MB more for the same speed. With a bound of the old generation V8 collects it in good time: without one,
 * 30 MB that are in use let 110 MB pile up. A flag that changes how code is compiled makes V8 refuse the compiled code
 * that Node brings along, which costs 60 ms of every start: there is none here.
 */
export const DAEMON_FLAGS = ["--max-semi-space-size=4", "--max-old-space-size=1024"];

/** glibc gives every thread of V8's compilers a heap of its own and never gets them back: some 10 MB of a busy daemon. */
export const DAEMON_ENVIRONMENT = { MALLOC_ARENA_MAX: "1" };
