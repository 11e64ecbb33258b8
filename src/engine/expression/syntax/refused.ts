// Words that jq knows and the portable subset does not (awp.md §5), and why each is refused.

const reasons = {
  world: "an expression sees its root and nothing else",
  regex: "regular expressions stand in a condition of type `regex`",
  loops: "an expression has no definitions, loops or jumps of its own",
  paths: "an expression cannot change a value in place or speak of paths; build the new value",
  other: "it is not in the portable subset",
} as const;

const words: Readonly<Record<Exclude<keyof typeof reasons, "other">, string>> = {
  world:
    "env $ENV input inputs import include input_filename input_line_number debug stderr now localtime gmtime mktime " +
    "strftime strflocaltime strptime date dateadd datesub todate fromdate todateiso8601 fromdateiso8601 " +
    "halt halt_error modulemeta get_search_list builtins $__loc__ $__prog_args $__prog_name have_decnum rand",
  regex: "test match capture scan splits sub gsub",
  loops: "def reduce foreach label break limit skip until while repeat recurse walk",
  paths:
    "path paths leaf_paths getpath setpath delpaths del to_stream tostream fromstream truncate_stream pick " +
    "= |= += -= *= /= %= //=",
};

const reasonOf = new Map<string, keyof typeof reasons>();
for (const [reason, list] of Object.entries(words)) {
  for (const word of list.split(" ")) reasonOf.set(word, reason as keyof typeof words);
}

/** Whether the parser refuses this word wherever it stands. */
export function isRefused(word: string): boolean {
  return reasonOf.has(word);
}

/** Why a word is refused, for people. */
export function refusal(word: string): string {
  return `\`${word}\` cannot be used: ${reasons[reasonOf.get(word) ?? "other"]}`;
}
