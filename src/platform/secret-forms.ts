// The forms in which a secret can stand in a text: what masking looks for.

/**
 * Every form of one secret, without doubles: as it is; as JSON writes it inside a string, also as encoders do that
 * escape `/` or all but ASCII, and up to three JSON texts deep (an event that holds a tool call that holds a body);
 * URL-encoded; and base 64, alone or inside a longer text.
 */
export function formsOf(value: string): string[] {
  const inJson = [value, jsonEscape(value), slashEscape(value), asciiEscape(value)];
  const deeper = inJson.map(jsonEscape);
  const deepest = deeper.map(jsonEscape);
  return [...new Set([...inJson, ...deeper, ...deepest, ...urlForms(value), ...base64Forms(value)])];
}

function jsonEscape(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function slashEscape(value: string): string {
  return jsonEscape(value).replaceAll("/", "\\/");
}

function asciiEscape(value: string): string {
  return jsonEscape(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function urlForms(value: string): string[] {
  const plain = encodeURIComponent(value.toWellFormed());
  const strict = plain.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const variants = [plain, strict, strict.replaceAll("%20", "+")];
  return [...variants, ...variants.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/**
 * A value inside a longer base 64 text (`Basic user:secret`) starts at one of three bit positions; each gives another
 * text, of which the characters that hold bits of the value alone are certain.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  const whole = bytes.toString("base64");
  const forms = [whole, whole.replace(/=+$/, "")];
  for (const before of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    forms.push(shifted.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)));
  }
  return [...forms, ...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}
