// Reads a YAML file into a value and remembers on which line each key path stands.

import { readFileSync, statSync } from "node:fs";
import { ConfigError, type Path, problem } from "./problems.ts";

export interface YamlFile {
  value: unknown;
  /** Line of the key, or of the nearest key around it that exists. */
  lineOf(path: Path): number | undefined;
}

/** A configuration is a page or two; a bigger file is another one, named by mistake. */
const MAX_CONFIG_BYTES = 1024 * 1024;

/** Undefined: there is no such file. Throws ConfigError when it is there and cannot be used. */
export async function readYamlFile(file: string): Promise<YamlFile | undefined> {
  const text = readText(file);
  // Importing the parser costs 10 ms and 9 MB: only those who have a file pay.
  return text === undefined ? undefined : parseYaml(file, text);
}

function readText(file: string): string | undefined {
  try {
    const status = statSync(file);
    if (!status.isFile()) throw new ConfigError([problem({ file }, "", { says: "is not a regular file" })]);
    if (status.size > MAX_CONFIG_BYTES) {
      throw new ConfigError([problem({ file }, "", { says: `is larger than ${MAX_CONFIG_BYTES} bytes` })]);
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return undefined;
    throw new ConfigError([problem({ file }, "", { says: `cannot be read (${code})` })]);
  }
}

async function parseYaml(file: string, text: string): Promise<YamlFile> {
  const { isNode, isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    // The parser's own messages quote the file, and with it perhaps a secret; its codes do not.
    const told = faults.slice(0, MAX_FAULTS).map((fault) => {
      const { line, col } = lines.linePos(fault.pos[0]);
      const says = `is not valid YAML: ${fault.code.toLowerCase().replaceAll("_", " ")} (column ${col})`;
      return problem({ file, line }, "", { says });
    });
    throw new ConfigError(told);
  }

  function lineOf(path: Path): number | undefined {
    for (let depth = path.length; depth > 0; depth--) {
      const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
      const key = path[depth - 1];
      const pair = isMap(parent)
        ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
        : undefined;
      const node = pair?.key ?? document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  }

  return { value: toValue(file, () => document.toJS({ maxAliasCount: 100 })), lineOf };
}
const MAX_FAULTS = 20;

function toValue(file: string, read: () => unknown): unknown {
  try {
    return read();
  } catch {
    // Aliases that lead nowhere or multiply without bound.
    throw new ConfigError([problem({ file }, "", { says: "is not valid YAML: its aliases cannot be resolved" })]);
  }
}
