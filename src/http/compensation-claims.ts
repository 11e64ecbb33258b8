// What discovery says of undoing effects, where the setting is on (runs.md §12.3, docs/adr/0019).

import {
  approvalScopes,
  compensationTriggers,
  exhaustedDispositions,
  orderingModels,
  parentCancelPolicies,
} from "#protocol/compensation.ts";
import type { JsonObject } from "#protocol/json.ts";

export const compensationClaims: JsonObject = {
  supported: true,
  orderingModels: [...orderingModels],
  triggers: [...compensationTriggers],
  exhaustedDispositions: [...exhaustedDispositions],
  approvalScopes: [...approvalScopes],
  onParentCancel: [...parentCancelPolicies],
};
