// What only tests use, loaded where the environment opened the seams and only there.

import { mockChoiceOf } from "#models/mock.ts";
import { createTestEffectHandler } from "#runtime/seams/test-effect.ts";
import { testTools } from "#runtime/seams/test-tools.ts";
import { testNodes } from "./test-nodes.ts";

export { seamRoutes } from "#http/routes/seams/index.ts";

export const nodes = testNodes;
export const mockOf = mockChoiceOf;
export const tools = testTools();
export const handlers = [createTestEffectHandler()];
