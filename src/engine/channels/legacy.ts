// Variable names that were channels before channels could be declared (runs.md §11.3): a write to one is a write to a
// channel, too.

const reducerByPrefix = {
  "_approvalVotes:": "append",
  "_askExchanges:": "append",
  "_clarificationAnswers:": "merge",
  "_feedbackHistory:": "append",
  "_loopbackCount:": "counter",
  "_loopbackIteration:": "replace",
  "_previousArtifact:": "replace",
  wfArtifactData_: "replace",
  _activeClarification: "replace",
} as const;

/** The reducer of a name with such a beginning; undefined: an ordinary name. */
export function legacyReducer(name: string): string | undefined {
  if (!name.startsWith("_") && !name.startsWith("wf")) return undefined;
  return Object.entries(reducerByPrefix).find(([prefix]) => name.startsWith(prefix))?.[1];
}
