// The syntax that JavaScript and RE2 share: what only one of them has, or what they read differently, is refused before
// either engine sees it, in words that say what to write instead.

/** Largest pattern, in characters and classes after repetitions like `{100}` are written out. */
export const MAX_PATTERN_SIZE = 2_000;

/** Why a pattern is not in the shared syntax; undefined when it is. */
export function whyNotShared(source: string): string | undefined {
  return new Scanner(source).scan() ?? whyNotJavaScript(source);
}

function whyNotJavaScript(source: string): string | undefined {
  try {
    new RegExp(source); // only read, never run
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const groupReasons: readonly [RegExp, string][] = [
  [/^\(\?<?[=!]/, "look-ahead and look-behind cannot be matched in linear time and are refused"],
  [/^\(\?P/, "`(?P` is RE2's alone: write `(?<name>…)`"],
  [/^\(\?(?![:<])/, "flags inside a pattern are refused: patterns are unflagged"],
];

const escapeReasons: readonly [RegExp, string][] = [
  [/^\\(?:[1-9]|k<)/, "back-references cannot be matched in linear time and are refused"],
  [/^\\0/, "octal escapes are refused: write \\x00"],
  [/^\\[AzZ]/, "`\\A` and `\\z` are not JavaScript: write ^ and $"],
  [/^\\[QE]/, "`\\Q…\\E` is not JavaScript: escape each character"],
  [/^\\[pP](?!\{[CLMNPSZ][a-z]?\})/, "a Unicode class is written with braces and a general category, as in \\p{Lu}"],
  [/^\\x(?![0-9A-Fa-f]{2})/, "a hexadecimal escape is \\x and two digits"],
  [/^\\(?![dDwWsSbBtnrfvxpP])[A-Za-z]/, "this escape is not shared by JavaScript and RE2"],
];

/** Looks for what is not shared. Broken grammar it passes on: the engines report that better. */
class Scanner {
  readonly #source: string;
  #at = 0;
  /** Size of each open group so far, the innermost last, and of what a repetition would repeat. */
  readonly #groups: number[] = [0];
  #last = 0;

  constructor(source: string) {
    this.#source = source;
  }

  scan(): string | undefined {
    while (this.#at < this.#source.length) {
      const reason = this.#next();
      if (reason !== undefined) return `${reason} (position ${this.#at})`;
      if ((this.#groups.at(-1) as number) > MAX_PATTERN_SIZE) return "the pattern repeats too much";
    }
    return undefined;
  }

  #next(): string | undefined {
    switch (this.#source[this.#at]) {
      case "\\":
        return this.#escape();
      case "[":
        return this.#class();
      case "(":
        return this.#open();
      case ")":
        return this.#close();
      case "{":
        return this.#repeat();
      default:
        return this.#take(1);
    }
  }

  /** Takes a part of the pattern that matches one character. */
  #take(length: number): undefined {
    this.#at += length;
    this.#add(1);
  }

  #add(size: number): void {
    this.#last = size;
    this.#groups.push((this.#groups.pop() as number) + size);
  }

  #escape(): string | undefined {
    const rest = this.#source.slice(this.#at, this.#at + 8);
    const found = escapeReasons.find(([pattern]) => pattern.test(rest));
    return found ? found[1] : this.#take(/^\\[pP]\{..?\}|^\\x..|^\\./s.exec(rest)?.[0].length ?? 2);
  }

  #class(): string | undefined {
    const start = this.#at;
    if (/^\[\^?\]/.test(this.#source.slice(start, start + 3))) return "a class cannot begin with `]`: escape it";
    for (let at = start + 1; at < this.#source.length && this.#source[at] !== "]"; at += 1) {
      if (this.#source[at] === "\\") {
        const found = this.#escapeInClass(at);
        if (found !== undefined) return found;
        at += 1;
      } else if (this.#source[at] === "[" && /^\[[:.=]/.test(this.#source.slice(at, at + 2))) {
        return "POSIX classes are not JavaScript: write \\d, \\w or the characters";
      }
      this.#at = at;
    }
    this.#at += 1;
    return this.#take(1);
  }

  #escapeInClass(at: number): string | undefined {
    const rest = this.#source.slice(at, at + 8);
    if (/^\\[bB]/.test(rest)) return "`\\b` has no meaning in a class that JavaScript and RE2 share";
    return escapeReasons.find(([pattern]) => pattern.test(rest))?.[1];
  }

  #open(): string | undefined {
    const rest = this.#source.slice(this.#at, this.#at + 4);
    const found = groupReasons.find(([pattern]) => pattern.test(rest));
    if (found) return found[1];
    this.#groups.push(1);
    this.#at += rest.startsWith("(?:") ? 3 : 1;
    return undefined;
  }

  #close(): undefined {
    this.#at += 1;
    if (this.#groups.length > 1) this.#add(this.#groups.pop() as number);
  }

  #repeat(): undefined {
    const [whole, least, most] = /^\{(\d+)(?:,(\d*))?\}/.exec(this.#source.slice(this.#at)) ?? [];
    if (whole === undefined) return this.#take(1); // an ordinary brace
    this.#at += whole.length;
    const times = Math.max(Number(least), Number(most ?? 0));
    this.#groups.push((this.#groups.pop() as number) + this.#last * Math.max(0, times - 1));
    return undefined;
  }
}
