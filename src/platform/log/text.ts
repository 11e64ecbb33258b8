// A log line for people, as stderr shows it.

/** `line`: a JSON line of the log. One line of text: time, level, message, then the fields as `name=value`. */
export function humanText(line: string): string {
  const { level, time, message, error, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${plain(JSON.stringify(value))}`);
  const told = error === undefined ? "" : ` error=${plain(JSON.stringify(errorText(error)))}`;
  return `${time} ${String(level).toUpperCase().padEnd(5)} ${plain(String(message))}${pairs.join("")}${told}\n`;
}

/** Stacks stay in the file. */
function errorText(error: unknown): unknown {
  if (typeof error !== "object" || error === null || !("message" in error)) return error;
  return error.message;
}

/** Text from outside must not steer a terminal or fake a line. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (sign) => `\\u${hex4(sign)}`);
}

function hex4(sign: string): string {
  return sign.charCodeAt(0).toString(16).padStart(4, "0");
}
