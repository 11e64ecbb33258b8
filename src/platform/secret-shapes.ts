// Secret-shaped text: credentials that nobody registered, known by how they look. The net below the masker for what
// people type into free texts.

const MARK = "[REDACTED]";

/** Each leaves its harmless head, where it has one. */
const shapes: readonly [pattern: RegExp, replacement: string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MARK],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{12,}/gi, `$1 ${MARK}`],
  [/\b(?:sk|pk|rk|hk|whsec|api|key)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9_-]{12,}/g, MARK],
  [/\b(?:gh[opsur]|github_pat|glpat|xox[abeprs])[-_][\w-]{10,}/g, MARK],
  [/\bAKIA[0-9A-Z]{12,}/g, MARK],
  [/\bAIza[\w-]{20,}/g, MARK],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, MARK],
  [/\b((?:api[-_]?key|password|passphrase|secret|token)\s*[:=]\s*)["']?[^\s"',;]{6,}["']?/gi, `$1${MARK}`],
];

/** The text with everything that looks like a credential taken out. */
export function redactSecretShapes(text: string): string {
  return shapes.reduce((safe, [pattern, replacement]) => safe.replace(pattern, replacement), text);
}
