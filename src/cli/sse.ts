// Server-sent events, read (WHATWG HTML, "Interpreting an event stream").

export interface SseEvent {
  /** `message` when the stream does not name it. */
  event: string;
  data: string;
  /** The last id seen so far: what `Last-Event-ID` must say to go on after this event. */
  lastId: string | undefined;
}

/** Longest event that is kept; a stream that sends more without an end is broken. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

/** Turns pieces of text, cut anywhere, into events. */
export class SseParser {
  #rest = "";
  #begun = false;
  /** The last piece ended in CR: a LF at the beginning of the next belongs to it. */
  #skipLineFeed = false;
  #event = "";
  #data: string[] = [];
  #size = 0;
  #lastId: string | undefined;

  constructor(lastId?: string) {
    this.#lastId = lastId;
  }

  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** @throws Error when an event grows beyond any reasonable size. */
  push(piece: string): SseEvent[] {
    const events: SseEvent[] = [];
    for (const line of this.#linesOf(piece)) {
      const event = this.#readLine(line);
      if (event) events.push(event);
    }
    if (this.#rest.length + this.#size > MAX_EVENT_CHARACTERS) throw new Error("An event of the stream has no end.");
    return events;
  }

  #linesOf(piece: string): string[] {
    let text = piece;
    if (!this.#begun && text !== "") {
      this.#begun = true;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    if (this.#skipLineFeed && text !== "") {
      this.#skipLineFeed = false;
      if (text.startsWith("\n")) text = text.slice(1);
    }
    this.#skipLineFeed = text.endsWith("\r") || (text === "" && this.#skipLineFeed);
    // Only the new piece is searched; a long line in many pieces stays linear.
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = this.#rest + (lines[0] ?? "");
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  #readLine(line: string): SseEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") {
      this.#data.push(value);
      this.#size += value.length;
    }
    if (field === "event") this.#event = value;
    if (field === "id" && !value.includes("\u0000")) this.#lastId = value;
    return undefined;
  }

  #dispatch(): SseEvent | undefined {
    const event = this.#event || "message";
    const data = this.#data;
    this.#event = "";
    this.#data = [];
    this.#size = 0;
    return data.length === 0 ? undefined : { event, data: data.join("\n"), lastId: this.#lastId };
  }
}
