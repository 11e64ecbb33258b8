// Paths of the protocol behind a capability that this host does not offer, where the contract wants more than a 404
// (runs.md §1.3): the caller learns that the path is right and the host is not the one.

import { ParleyError } from "#protocol/errors.ts";

/** Without `method`: whatever the method. */
const gates: readonly { method?: string; path: RegExp; capability: string }[] = [
  { path: /^\/v1\/prompts(?::render|\/[^/]+)?$/, capability: "prompts.endpointsSupported" },
  {
    method: "POST",
    path: /^\/v1\/trigger-subscriptions$/,
    capability: "triggerBridge.ingestion.registrationEndpoint",
  },
  { path: /^\/v1\/host\/workspace\/files(?:\/.*)?$/, capability: "workspace.supported" },
  { path: /^\/v1\/content(?:\/.*)?$/, capability: "content.supported" },
];

/** The refusal of a path behind a closed gate. What is registered never comes here. */
export function notOffered(method: string, path: string): ParleyError | undefined {
  const gate = gates.find((candidate) => (candidate.method ?? method) === method && candidate.path.test(path));
  return gate && new ParleyError("capability_not_provided", { capability: gate.capability });
}
