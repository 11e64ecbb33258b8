// JSON documents whose texts are templates: arguments of tools, answers of a given shape.

import { isJsonObject, type Json } from "#protocol/json.ts";
import { render, type Scope, type Template } from "./templates.ts";

export type TemplateTree =
  | { kind: "text"; template: Template }
  /** A number, true, false or null. */
  | { kind: "value"; value: Json }
  | { kind: "list"; items: readonly TemplateTree[] }
  | { kind: "object"; members: readonly (readonly [name: string, member: TemplateTree])[] };

/** `readText` turns a text at a place (`.task`, `[0]`) into a template. */
export function plantTree(
  value: Json,
  where: string,
  readText: (text: string, where: string) => Template,
): TemplateTree {
  if (typeof value === "string") return { kind: "text", template: readText(value, where) };
  if (Array.isArray(value)) {
    return { kind: "list", items: value.map((item, index) => plantTree(item, `${where}[${index}]`, readText)) };
  }
  if (!isJsonObject(value)) return { kind: "value", value };
  const members = Object.entries(value).map(
    ([name, member]) => [name, plantTree(member, `${where}.${name}`, readText)] as const,
  );
  return { kind: "object", members };
}

export function renderTree(tree: TemplateTree, scope: Scope): Json {
  switch (tree.kind) {
    case "text":
      return render(tree.template, scope);
    case "value":
      return tree.value;
    case "list":
      return tree.items.map((item) => renderTree(item, scope));
    case "object":
      return Object.fromEntries(tree.members.map(([name, member]) => [name, renderTree(member, scope)]));
  }
}

export function templatesIn(tree: TemplateTree): Template[] {
  switch (tree.kind) {
    case "text":
      return [tree.template];
    case "value":
      return [];
    case "list":
      return tree.items.flatMap(templatesIn);
    case "object":
      return tree.members.flatMap(([, member]) => templatesIn(member));
  }
}
