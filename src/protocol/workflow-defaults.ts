// What a hand-written workflow file may leave out (operations.md §15): filled in before validation.

import { basename, extname } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** The definition with its defaults. What is there stays as it is, right or wrong: the daemon judges it. */
export function completeDefinition(document: JsonObject, file: string): JsonObject {
  const id = document.id ?? slugOf(file);
  return {
    ...document,
    id,
    name: document.name ?? id,
    version: document.version ?? "0.0.0-dev",
    nodes: Array.isArray(document.nodes) ? document.nodes.map(completeNode) : (document.nodes ?? []),
    edges: document.edges ?? [],
    triggers: document.triggers ?? [],
    variables: document.variables ?? [],
    metadata: document.metadata ?? {},
    settings: document.settings ?? {},
  };
}

const COLUMN_WIDTH = 240;

function completeNode(node: Json, index: number): Json {
  if (!isJsonObject(node)) return node;
  return {
    ...node,
    name: node.name ?? node.id ?? "",
    position: node.position ?? { x: index * COLUMN_WIDTH, y: 0 },
    config: node.config ?? {},
    inputs: node.inputs ?? {},
  };
}

const MAX_ID_LENGTH = 128;

/** `My Report (2).yaml` → `my-report-2`: what a workflow id may look like. */
export function slugOf(file: string): string {
  const slug = basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, MAX_ID_LENGTH)
    .replace(/-+$/, "");
  return slug === "" ? "workflow" : slug;
}
