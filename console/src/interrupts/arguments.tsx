// The exact arguments of a tool call, or whatever else is to be approved: nothing shortened, and what is folded
// says so.

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { isOwnTool, toolWords } from "../agents/names.ts";
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
            <span title={call.toolName}>{toolWords(call.toolName)}</span>
            {!isOwnTool(call.toolName) && (
              <span class="exact-name">
                exact name <code>{call.toolName}</code>
              </span>
            )}
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

/** What is not higher is never folded: much more than what is left of it then. */
const LONG_PX = 400;

/** Folded when it is long, and then it says so: what is approved is never hidden behind a scroll bar. */
function ExactValue({ value }: { value: Json }): JSX.Element {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const shown = useRef<HTMLPreElement>(null);
  const [isFolded, setFolded] = useState(true);
  const [isLong, setLong] = useState(false);
  useLayoutEffect(() => {
    const element = shown.current;
    if (!element) return;
    const measure = () => setLong(element.scrollHeight > LONG_PX);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div class={`exact ${isFolded && isLong ? "is-folded" : ""}`}>
      <pre ref={shown}>{text}</pre>
      {isLong && (
        <button type="button" class="button is-small" aria-expanded={!isFolded} onClick={() => setFolded(!isFolded)}>
          {isFolded ? "Show all of it" : "Show less"}
        </button>
      )}
    </div>
  );
}
