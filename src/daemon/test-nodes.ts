// Node types that only tests use: a daemon has them with the seams, and whoever reads what such a daemon wrote.

import { conformanceNodes } from "#engine/nodes/conformance.ts";
import { mockAgent } from "#engine/nodes/mock-agent.ts";
import { emitArtifactNode } from "#runtime/seams/emit-artifact.ts";
import { testEffectNode } from "#runtime/seams/test-effect.ts";

export const testNodes = [testEffectNode, emitArtifactNode, mockAgent, ...conformanceNodes];
