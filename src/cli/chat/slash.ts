// The commands of a conversation: lines that begin with a slash. None of them ever reaches the assistant.

export type SlashCommand =
  | { command: "help" | "status" | "stop" | "new" | "retry" | "quit" }
  | { command: "agent"; name: string | undefined }
  | { command: "trace"; messageId: string | undefined }
  /** Without a number the question that is asked. */
  | { command: "approve" | "reject" | "edit" | "answer"; number: number | undefined; text: string | undefined }
  | { command: "unknown"; word: string };

export const HELP: readonly (readonly [usage: string, does: string])[] = [
  ["/status", "what is going on, and what waits for you"],
  ["/stop", "stop the running turn (so does Ctrl-C)"],
  ["/retry", "answer the last message anew"],
  ["/new", "begin a new thread"],
  ["/agent [NAME]", "talk with another agent; without a name: who there is"],
  ["/trace [MESSAGE]", "where the last message, or this one, is"],
  ["/approve [N] [NOTE]", "agree to question N"],
  ["/reject [N] [REASON]", "refuse question N"],
  ["/edit [N] NAME=VALUE", "agree to question N with this changed"],
  ["/answer [N] TEXT", "answer question N"],
  ["/quit", "leave (so does Ctrl-D, and Ctrl-C twice)"],
];

/** Undefined when the line is not a command. */
export function readCommand(line: string): SlashCommand | undefined {
  const [, word, rest = ""] = /^\/(\S*)\s*(.*)$/s.exec(line.trim()) ?? [];
  if (word === undefined) return undefined;
  const text = rest.trim() === "" ? undefined : rest.trim();
  switch (word.toLowerCase()) {
    case "help":
    case "status":
    case "stop":
    case "new":
    case "retry":
    case "quit":
      return { command: word.toLowerCase() as "help" };
    case "exit":
      return { command: "quit" };
    case "cancel":
      return { command: "stop" };
    case "agent":
      return { command: "agent", name: text };
    case "trace":
      return { command: "trace", messageId: text };
    case "approve":
    case "reject":
    case "edit":
    case "answer":
      return { command: word.toLowerCase() as "approve", ...numbered(text) };
    default:
      return { command: "unknown", word: `/${word}` };
  }
}

/** `2 not today` → question 2, "not today". */
function numbered(text: string | undefined): { number: number | undefined; text: string | undefined } {
  const [, digits, rest] = /^(\d{1,6})(?:\s+(.*))?$/s.exec(text ?? "") ?? [];
  return digits === undefined ? { number: undefined, text } : { number: Number(digits), text: rest };
}
