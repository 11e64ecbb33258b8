// Reads a script out of its YAML text, or says in plain words all that is wrong with it.

import { editDistance } from "#protocol/edit-distance.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { SCENE_NAMES } from "./scene.ts";
import type { Action, Conditions, Rule, Script, ScriptedCall } from "./script.ts";
import { plantTree, type TemplateTree, templatesIn } from "./template-tree.ts";
import { namesIn, parseTemplate, type Template } from "./templates.ts";

/** A problem names where it is: `agents.host:chief[3].when.user: …`. */
export type ParsedScript = { outcome: "script"; script: Script } | { outcome: "problems"; problems: string[] };

/** The YAML library is loaded with the first script. */
export async function parseScript(text: string): Promise<ParsedScript> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    return { outcome: "problems", problems: document.errors.map(({ message }) => message.trim()) };
  }
  const reader = new ScriptReader();
  const script = reader.script(document.toJS() as Json);
  return reader.problems.length > 0
    ? { outcome: "problems", problems: reader.problems }
    : { outcome: "script", script };
}

const CONDITION_NAMES = ["words", "user", "earlier", "answered", "failed", "result", "has", "results", "asked"];
const RULE_NAMES = ["when", "say", "call", "answer"];

/** Collects problems rather than stopping at the first. What it returns is of use only when there are none. */
class ScriptReader {
  readonly problems: string[] = [];

  script(value: Json): Script {
    const top = this.#object(value, "the script", ["everyone", "agents"]);
    const agents = top.agents === undefined ? {} : this.#object(top.agents, "agents");
    return {
      everyone: this.#rules(top.everyone ?? [], "everyone"),
      agents: new Map(Object.entries(agents).map(([id, rules]) => [id, this.#rules(rules, `agents.${id}`)])),
    };
  }

  #rules(value: Json, where: string): Rule[] {
    if (Array.isArray(value)) return value.map((rule, index) => this.#rule(rule, `${where}[${index}]`));
    this.problems.push(`${where}: must be a list of rules`);
    return [];
  }

  #rule(value: Json, where: string): Rule {
    const rule = this.#object(value, where, RULE_NAMES);
    const when = this.#conditions(rule.when ?? {}, `${where}.when`);
    const act = this.#action(rule, where);
    const known = new Set<string>([...SCENE_NAMES, ...groupNames(when)]);
    for (const name of templatesOf(when, act).flatMap(namesIn)) {
      // Which tools there are shows only when the script plays. Their names hold an underscore, the others do not.
      if (!known.has(name) && !name.includes("_")) {
        this.problems.push(`${where}: {{${name}}} stands for nothing; known here: ${[...known].join(", ")}`);
      }
    }
    return { when, act };
  }

  #conditions(value: Json, where: string): Conditions {
    const given = this.#object(value, where, CONDITION_NAMES);
    const expression = (name: string) => this.#expression(given[name], `${where}.${name}`);
    const has = this.#text(given.has, `${where}.has`);
    const read = {
      words: given.words === undefined ? undefined : this.#words(given.words, `${where}.words`),
      user: expression("user"),
      earlier: expression("earlier"),
      answered: this.#text(given.answered, `${where}.answered`),
      failed: this.#is(given.failed, "boolean", `${where}.failed`) as boolean | undefined,
      result: expression("result"),
      has: has === undefined ? undefined : this.#template(`{{${has}}}`, `${where}.has`),
      results: given.results === undefined ? undefined : this.#counts(given.results, `${where}.results`),
      asked: this.#text(given.asked, `${where}.asked`),
    };
    for (const name of ["failed", "result"]) {
      if (given[name] !== undefined && given.answered === undefined)
        this.problems.push(`${where}.${name}: needs answered`);
    }
    return Object.fromEntries(Object.entries(read).filter(([, condition]) => condition !== undefined)) as Conditions;
  }

  #action(rule: JsonObject, where: string): Action {
    const { say, call, answer } = rule;
    const text = say === undefined ? undefined : this.#template(say, `${where}.say`);
    if (
      (say === undefined && call === undefined && answer === undefined) ||
      (answer !== undefined && (say ?? call) !== undefined)
    ) {
      this.problems.push(
        `${where}: must say something, call tools (and may say something before) or answer with a document`,
      );
    }
    if (answer !== undefined) return { kind: "answer", document: this.#tree(answer, `${where}.answer`) };
    if (call === undefined) return { kind: "say", text: text ?? [] };
    const calls = (Array.isArray(call) ? call : [call]).map((one, index) => this.#call(one, `${where}.call[${index}]`));
    return { kind: "call", calls, ...(text ? { text } : {}) };
  }

  #call(value: Json, where: string): ScriptedCall {
    const { tool, with: given = {} } = this.#object(value, where, ["tool", "with"]);
    if (typeof tool !== "string") this.problems.push(`${where}.tool: must be the name of a tool`);
    return { tool: String(tool), arguments: this.#tree(this.#object(given, `${where}.with`), `${where}.with`) };
  }

  #tree(value: Json, where: string): TemplateTree {
    return plantTree(value, where, (text, place) => this.#template(text, place));
  }

  #template(value: Json, where: string): Template {
    const read = typeof value === "string" ? parseTemplate(value) : { problem: "must be a text" };
    if ("template" in read) return read.template;
    this.problems.push(`${where}: ${read.problem}`);
    return [];
  }

  #expression(value: Json | undefined, where: string): RegExp | undefined {
    const source = this.#text(value, where);
    if (source === undefined) return undefined;
    try {
      return new RegExp(source, "isu");
    } catch (error) {
      this.problems.push(`${where}: ${(error as Error).message}`);
      return undefined;
    }
  }

  #words(value: Json, where: string): string[] {
    const words = Array.isArray(value) ? value : [];
    if (words.length > 0 && words.every((word) => typeof word === "string" && word !== "")) {
      return words.map((word) => String(word).toLowerCase());
    }
    this.problems.push(`${where}: must be a list of words`);
    return [];
  }

  #counts(value: Json, where: string): Record<string, number> {
    const counts = this.#object(value, where);
    if (!Object.values(counts).every((count) => Number.isSafeInteger(count))) {
      this.problems.push(`${where}: must name tools, each with a whole number`);
    }
    return counts as Record<string, number>;
  }

  #text(value: Json | undefined, where: string): string | undefined {
    return this.#is(value, "string", where) as string | undefined;
  }

  #is(value: Json | undefined, type: "string" | "boolean", where: string): Json | undefined {
    const isRight = value === undefined || typeof value === type;
    if (!isRight) this.problems.push(`${where}: must be ${type === "string" ? "a text" : "true or false"}`);
    return isRight ? value : undefined;
  }

  #object(value: Json, where: string, names?: readonly string[]): JsonObject {
    if (!isJsonObject(value)) {
      this.problems.push(`${where}: must be keys and values`);
      return {};
    }
    for (const name of names ? Object.keys(value) : []) {
      if (!names?.includes(name))
        this.problems.push(`${where}: unknown key ${name}; did you mean ${nearest(name, names ?? [])}?`);
    }
    return value;
  }
}

function nearest(name: string, names: readonly string[]): string {
  return names.toSorted((a, b) => editDistance(name, a) - editDistance(name, b))[0] ?? "";
}

function groupNames({ user, earlier, result }: Conditions): string[] {
  const sources = [user, earlier, result].map((expression) => expression?.source ?? "");
  return sources.flatMap((source) => [...source.matchAll(/\(\?<(\w+)>/g)].map(([, name = ""]) => name));
}

function templatesOf(when: Conditions, act: Action): Template[] {
  const has = when.has ? [when.has] : [];
  switch (act.kind) {
    case "say":
      return [...has, act.text];
    case "call":
      return [...has, ...(act.text ? [act.text] : []), ...act.calls.flatMap((call) => templatesIn(call.arguments))];
    case "answer":
      return [...has, ...templatesIn(act.document)];
  }
}
