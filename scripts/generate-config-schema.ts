// Writes config/parley.schema.json from src/platform/config/schema.ts: for editors, and what the loader checks against.
// Run it after every change there: node scripts/generate-config-schema.ts

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ConfigFile } from "../src/platform/config/schema.ts";

export const schemaFile = fileURLToPath(new URL("../config/parley.schema.json", import.meta.url));

/** The generated text. A key with a default need not be written, so it is not required. */
export function configSchemaText(): string {
  const schema = { $schema: "https://json-schema.org/draft/2020-12/schema", ...withoutDefaulted(ConfigFile) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

type Node = { [keyword: string]: unknown };

function withoutDefaulted(value: object): Node {
  const node: Node = { ...value };
  const { properties, required } = node;
  if (isNode(properties)) {
    node.properties = mapValues(properties, withoutDefaulted);
    const needed = (Array.isArray(required) ? required : []).filter((key) => {
      const child = properties[key];
      return isNode(child) && child.default === undefined;
    });
    delete node.required;
    if (needed.length > 0) node.required = needed;
  }
  if (isNode(node.items)) node.items = withoutDefaulted(node.items);
  return node;
}

function mapValues(properties: Node, change: (value: object) => Node): Node {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, isNode(value) ? change(value) : value]),
  );
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaFile, configSchemaText());
