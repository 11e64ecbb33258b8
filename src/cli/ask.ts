// Asking the question of a run at the terminal. Returns the resume value (interrupts-conversations.md §1.2).

import { createInterface, type Interface } from "node:readline/promises";
import type { PendingInterrupt } from "#protocol/interrupts.ts";
import type { Json } from "#protocol/json.ts";
import { actionsOf, cardLines, type Question, questionsOf } from "./card.ts";
import type { Host } from "./host.ts";
import { oneLine, type Terminal } from "./terminal.ts";
import { guessValue } from "./values.ts";

/** The answer, or undefined when nobody gave one (Ctrl-C, Ctrl-D, a kind that people do not answer). */
export async function askQuestion(
  host: Host,
  terminal: Terminal,
  question: PendingInterrupt,
): Promise<Json | undefined> {
  if (question.kind === "external-event") return undefined;
  const lines = createInterface({ input: host.stdin, output: host.stdout });
  const gone = new AbortController();
  lines.once("close", () => gone.abort());
  lines.once("SIGINT", () => lines.close());
  try {
    return await new Questioner(terminal, lines, gone.signal).ask(question, cardLines(question, host.wallMs()));
  } catch (error) {
    if (gone.signal.aborted) return undefined;
    throw error;
  } finally {
    lines.close();
  }
}

class Questioner {
  readonly #terminal: Terminal;
  readonly #lines: Pick<Interface, "question">;
  readonly #gone: AbortSignal;

  constructor(terminal: Terminal, lines: Pick<Interface, "question">, gone: AbortSignal) {
    this.#terminal = terminal;
    this.#lines = lines;
    this.#gone = gone;
  }

  async ask(question: PendingInterrupt, card: readonly string[]): Promise<Json> {
    const questions = questionsOf(question);
    if (questions.length > 0) return this.#askQuestions(questions);
    for (const line of card) this.#say(line);
    if (question.kind === "approval") return this.#askApproval(actionsOf(question));
    return guessValue(await this.#line("answer (text or JSON)"));
  }

  async #askApproval(offered: readonly string[]): Promise<Json> {
    for (;;) {
      const answer = readDecision(await this.#line(`${offered.join(" / ")} [feedback]`), offered);
      if (answer.ok) return answer.value;
      this.#say(answer.problem);
    }
  }

  async #askQuestions(questions: readonly Question[]): Promise<Json> {
    const answers = new Map<string, Json>();
    for (const { id, question, schema } of questions) {
      const choices = schema?.enum ? ` (${schema.enum.map(String).join(", ")})` : "";
      answers.set(id, readAnswer(await this.#line(oneLine(question) + choices), schema?.type));
    }
    return { answers: Object.fromEntries(answers) };
  }

  #line(prompt: string): Promise<string> {
    return this.#lines.question(`${this.#terminal.paint("cyan", "?")} ${prompt}: `, { signal: this.#gone });
  }

  #say(line: string): void {
    this.#terminal.out(line);
  }
}

type Decision = { ok: true; value: Json } | { ok: false; problem: string };

/** `accept`, `a`, `reject not today`, `edit-accept {"n":1}`: the action may be shortened, the rest is its feedback. */
export function readDecision(line: string, offered: readonly string[]): Decision {
  const [word = "", ...others] = line.trim().split(/\s+/);
  const rest = others.join(" ");
  const matches = offered.filter((action) => word !== "" && action.startsWith(word.toLowerCase()));
  const [action] = matches;
  if (action === undefined || matches.length > 1)
    return { ok: false, problem: `Answer with one of: ${offered.join(", ")}.` };
  if (action === "edit-accept") return readEdit(rest);
  if (action === "refine") {
    if (rest === "") return { ok: false, problem: "Say what to refine: refine TEXT" };
    return { ok: true, value: { action, refineFeedback: { scope: "whole", text: rest } } };
  }
  return { ok: true, value: { action, ...(rest !== "" && { feedback: rest }) } };
}

function readEdit(rest: string): Decision {
  try {
    return { ok: true, value: { action: "edit-accept", editedArtifactData: JSON.parse(rest) as Json } };
  } catch {
    return { ok: false, problem: "Give the edited data as JSON: edit-accept {…}" };
  }
}

/** An answer as its question's schema wants it; without a schema it is text. */
export function readAnswer(line: string, type: string | undefined): Json {
  if (type === undefined || type === "string") return line;
  if (type === "boolean" && /^(y|yes|n|no)$/i.test(line.trim())) return /^y/i.test(line.trim());
  return guessValue(line);
}
