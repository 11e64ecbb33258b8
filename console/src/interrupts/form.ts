// What every form of a question card is given.

import type { PendingItem } from "../api/types.ts";
import type { Outcome } from "../chat/thread-state.ts";
import type { Question } from "./question.ts";

export interface FormProperties<Kind extends Question["kind"]> {
  question: Extract<Question, { kind: Kind }>;
  item: PendingItem;
  outcome: Outcome | undefined;
  onOutcome: (outcome: Outcome) => void;
}
