// The exact arguments of a tool call, or whatever else is to be approved: nothing shortened, nothing hidden.

import type { JSX } from "preact";
import { toolWords } from "../agents/names.ts";
import { isObject, type Json } from "../api/types.ts";
import type { ToolCall } from "./question.ts";

/** What an approval is about. */
export function Subject({ calls, artifact }: { calls: readonly ToolCall[]; artifact: Json | undefined }): JSX.Element {
  return (
    <>
      {calls.length > 0 && <ToolCalls calls={calls} />}
      {artifact !== undefined && !isEmpty(artifact) && (
        <div class="arguments">
          <ExactValue value={artifact} />
        </div>
      )}
    </>
  );
}

/** There is nothing to look at: a gate that gets no input hands on an empty object. */
function isEmpty(artifact: Json): boolean {
  return artifact === null || (isObject(artifact) && Object.keys(artifact).length === 0);
}

function ToolCalls({ calls }: { calls: readonly ToolCall[] }): JSX.Element {
  return (
    <div class="calls">
      {calls.map((call) => (
        <div class="call" key={call.callId}>
          <p class="call-name">
            <span>{toolWords(call.toolName)}</span>
            <span class="exact-name">
              exact name <code>{call.toolName}</code>
            </span>
          </p>
          <dl class="arguments">
            {Object.entries(call.arguments).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <ExactValue value={value} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </div>
  );
}

function ExactValue({ value }: { value: Json }): JSX.Element {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
  return <pre tabIndex={0}>{text}</pre>;
}
