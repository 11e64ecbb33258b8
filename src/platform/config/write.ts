// Changes `models.default` in the configuration file, for whoever sets a model at run time.
//
//   W1. Nothing but `models.default` changes its meaning; comments stay. The new text is read again before it counts.
//   W2. A reader sees the old file or the new one. Nothing is changed before the returned step is called.
//   W3. A file that cannot be changed safely is refused with the reason, and stays as it is.

import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import type { Document } from "yaml";
import { canonicalJson } from "#protocol/canonical.ts";
import type { ConfigFile } from "./schema.ts";

/** One entry of `models`: `{provider, model, baseUrl?, apiKey?}`. */
export type ModelSetting = ConfigFile["models"]["default"];

/** The configuration file cannot be changed. The message names the file, the reason and the way out. */
export class ConfigNotWritableError extends Error {
  readonly file: string;
  constructor(file: string, reason: string, cause?: unknown) {
    super(`${file} ${reason}. Set models.default there by hand and start parley again.`, { cause });
    this.name = "ConfigNotWritableError";
    this.file = file;
  }
}

/** A change that is written beside the file and waits for its last step. */
export interface PreparedChange {
  /** Puts the new file in the place of the old one. Throws {@link ConfigNotWritableError}; then nothing is changed. */
  apply(): void;
  /** Gives the change up. */
  discard(): void;
}

/** Prepares the change; a file that does not exist is made. Throws {@link ConfigNotWritableError}. */
export async function prepareModelChange(file: string, setting: ModelSetting): Promise<PreparedChange> {
  // A link stays a link: what it leads to is replaced.
  const target = resolveLink(file);
  const before = readExisting(target);
  const text = await changedText(target, before?.text ?? "", setting);
  const fresh = `${target}.new`;
  writeFresh(fresh, target, text, before?.mode ?? 0o600);
  return {
    apply() {
      try {
        renameSync(fresh, target);
      } catch (error) {
        rmSync(fresh, { force: true });
        throw notWritable(target, error);
      }
    },
    discard: () => rmSync(fresh, { force: true }),
  };
}

function resolveLink(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function readExisting(file: string): { text: string; mode: number } | undefined {
  try {
    return { text: readFileSync(file, "utf8"), mode: statSync(file).mode & 0o777 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigNotWritableError(file, `cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

function writeFresh(fresh: string, target: string, text: string, mode: number): void {
  try {
    rmSync(fresh, { force: true }); // of a process that died here
    const file = openSync(fresh, "wx", mode);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw notWritable(target, error);
  }
}

function notWritable(file: string, error: unknown): ConfigNotWritableError {
  return new ConfigNotWritableError(file, `cannot be written (${(error as NodeJS.ErrnoException).code})`, error);
}

/** The text with `models.default` as wanted. Throws {@link ConfigNotWritableError}. */
async function changedText(file: string, text: string, setting: ModelSetting): Promise<string> {
  const { parseDocument } = await import("yaml");
  const parse = (source: string) => parseDocument(source, { prettyErrors: false, logLevel: "silent" });
  const document = parse(text);
  if (document.errors.length > 0) throw new ConfigNotWritableError(file, "is not valid YAML at the moment");
  const wanted = withoutUndefined(setting);
  try {
    const others = othersOf(document.toJS());
    await setModel(document, wanted);
    // Long texts stay on their line.
    const changed = document.toString({ lineWidth: 0 });
    const readAgain = parse(changed).toJS();
    const isMeant =
      canonicalJson(readAgain.models.default) === canonicalJson(wanted) &&
      canonicalJson(othersOf(readAgain)) === canonicalJson(others);
    if (isMeant) return changed;
  } catch (error) {
    throw new ConfigNotWritableError(file, CANNOT_CHANGE, error);
  }
  throw new ConfigNotWritableError(file, CANNOT_CHANGE);
}

const CANNOT_CHANGE = "is written in a way that parley cannot change (anchors, merges)";

/** Sets key by key where there is a section, so that the comments in it stay. */
async function setModel(document: Document, setting: Record<string, unknown>): Promise<void> {
  const { isMap, isNode, isScalar } = await import("yaml");
  /** A section in the place of nothing; what was commented there stays there. */
  const sectionFor = (before: unknown, value: object = {}) => {
    const section = document.createNode(value);
    const comments = isNode(before) ? [before.commentBefore, before.comment] : [];
    section.commentBefore = comments.filter((comment) => typeof comment === "string").join("\n") || null;
    return section;
  };
  if (!isMap(document.contents)) document.contents = sectionFor(document.contents) as never;
  const models = document.get("models", true);
  if (!isMap(models)) document.set("models", sectionFor(models));
  const section = document.getIn(["models", "default"], true);
  if (!isMap(section)) return document.setIn(["models", "default"], sectionFor(section, setting));
  const before = section.toJS(document) as Record<string, unknown>;
  for (const name of Object.keys(before)) if (!Object.hasOwn(setting, name)) section.delete(name);
  for (const [name, value] of Object.entries(setting)) {
    const same = Object.hasOwn(before, name) && canonicalJson(before[name]) === canonicalJson(value);
    if (same) continue;
    const node = section.get(name, true);
    // A value in the place of a value: the comment behind it stays.
    if (isScalar(node) && typeof value === "string") node.value = value;
    else section.set(name, document.createNode(value));
  }
}

/** Everything but `models.default`. */
function othersOf(config: unknown): unknown {
  const { models, ...rest } = (config ?? {}) as { models?: { default?: unknown } | null };
  const { default: _, ...otherModels } = models ?? {};
  return { ...rest, models: otherModels };
}

function withoutUndefined(setting: ModelSetting): Record<string, unknown> {
  return Object.fromEntries(Object.entries(setting).filter(([, value]) => value !== undefined));
}
