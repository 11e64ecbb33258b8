// openwop:parley.calculator

import type { Tool } from "#ports/tools.ts";
import { calculate, MAX_EXPRESSION_CHARACTERS } from "../calculator/calculate.ts";
import { modelNameOf } from "./tool-table.ts";
import { inWords } from "./words.ts";

const TOOL_ID = "openwop:parley.calculator";

export const calculatorTool: Tool = {
  toolId: TOOL_ID,
  modelName: modelNameOf(TOOL_ID),
  description:
    "Works out a calculation exactly. Use it for every calculation that is not trivial. Knows + - * / % (remainder) " +
    "^ ( ), decimals, sqrt(x), abs(x), round(x, decimals), min(x, y), max(x, y) and percent(p, x) for p % of x. " +
    "Answers the result as a decimal number; `exact` is false when its digits were rounded.",
  parameters: {
    type: "object",
    properties: {
      expression: {
        type: "string",
        minLength: 1,
        maxLength: MAX_EXPRESSION_CHARACTERS,
        description: "For example (12.50 + 3) * 4, without units and thousands separators.",
      },
    },
    required: ["expression"],
    additionalProperties: false,
  },
  effectClass: "read",
  needsApproval: false,
  timeoutMs: 5_000,
  activity: ({ expression }) => `calculating ${inWords(expression)}`,
  async perform({ arguments: { expression } }) {
    const calculation = calculate(expression as string);
    if (calculation.outcome === "failed") return calculation;
    const { text, exact } = calculation.result;
    return { outcome: "done", value: { expression: expression as string, result: text, exact } };
  },
};
