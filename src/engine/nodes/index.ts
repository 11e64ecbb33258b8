// The node types of the engine.

import type { NodeType, NodeTypes } from "../node-type.ts";
import { agent } from "./agent.ts";
import { end, fail, getVariable, identity, noop, parallel, setVariable, start } from "./basics.ts";
import { callPrompt } from "./call-prompt.ts";
import { channelWrite } from "./channels.ts";
import { conversationGate } from "./conversation.ts";
import { delay } from "./delay.ts";
import { dispatch } from "./dispatch.ts";
import { approvalGate, clarificationGate, interrupt } from "./gates.ts";
import { iterator } from "./iterator.ts";
import { conditional, merge } from "./routing.ts";
import { subWorkflow } from "./sub-workflow.ts";
import { supervisor } from "./supervisor.ts";

const builtIn: readonly NodeType[] = [
  start,
  end,
  parallel,
  noop,
  identity,
  fail,
  setVariable,
  getVariable,
  channelWrite,
  delay,
  conditional,
  merge,
  iterator,
  approvalGate,
  clarificationGate,
  interrupt,
  conversationGate,
  callPrompt,
  agent,
  supervisor,
  dispatch,
  subWorkflow,
];

/** The built-in types, plus those a deployment adds (test seams). A built-in type wins over an added one. */
export function nodeTypesOf(extra: readonly NodeType[] = []): NodeTypes {
  return new Map([...extra, ...builtIn].map((type) => [type.typeId, type]));
}
