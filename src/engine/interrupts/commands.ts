// Commands about open questions.

import type { Json } from "#protocol/json.ts";

/** The answer was accepted by `checkAnswer` against this very state. */
export interface AnswerInterrupt {
  type: "answerInterrupt";
  nodeId: string;
  interruptId: string;
  answer: Json;
  by: string;
  voter: string;
}

/** Adds someone to those who may decide. */
export interface DelegateInterrupt {
  type: "delegateInterrupt";
  nodeId: string;
  interruptId: string;
  to: string;
  by: string;
  reason?: string;
}
