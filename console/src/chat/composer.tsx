// Where a message is written. Enter sends, Shift-Enter makes a new line; what is half written survives a
// change of page and a reload.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useConsole } from "../shell/context.ts";
import { useCell } from "../ui/cell.ts";
import { Icon } from "../ui/icons.tsx";
import { draftOf, keepDraft } from "./drafts.ts";

/** As long as the daemon takes them. */
const MAX_LENGTH = 32_768;
const MAX_HEIGHT_PX = 240;

export interface ComposerProperties {
  /** Under which name what is half written is kept. */
  draftName: string;
  isNew: boolean;
  /** Something is being done: what is sent now waits for its turn. */
  isWorking: boolean;
  onSend: (text: string, agent?: string) => void;
}

export function Composer({ draftName, isNew, isWorking, onSend }: ComposerProperties): JSX.Element {
  const [text, setText] = useState(() => draftOf(draftName));
  const [agent, setAgent] = useState("");
  const input = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = input.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, MAX_HEIGHT_PX)}px`;
  }, [text]);
  useEffect(() => {
    // On a phone the keyboard would cover what was said.
    if (matchMedia("(hover: hover)").matches) input.current?.focus();
  }, []);
  const write = (value: string) => {
    setText(value);
    keepDraft(draftName, value);
  };
  const send = () => {
    if (text.trim() === "") return;
    onSend(text.trim(), agent === "" ? undefined : agent);
    write("");
    input.current?.focus();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={input}
        rows={1}
        dir="auto"
        aria-label="Message"
        placeholder={isWorking ? "Write the next message" : "Write a message"}
        maxLength={MAX_LENGTH}
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          // While a word is being composed (Japanese, Chinese …) Enter belongs to the input method.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {isNew && <AgentChoice value={agent} onValue={setAgent} />}
      <button type="submit" class="send" disabled={text.trim() === ""} aria-label={isWorking ? "Queue" : "Send"}>
        <Icon name="send" />
      </button>
    </form>
  );
}

/** Whom to talk to; shown only where there is a choice. */
function AgentChoice({ value, onValue }: { value: string; onValue: (agent: string) => void }): JSX.Element | null {
  const roster = useCell(useConsole().roster).value?.roster ?? [];
  const speakers = roster.filter((agent) => agent.role === "conversation");
  if (speakers.length < 2) return null;
  return (
    <select
      class="agent-choice"
      aria-label="Talk to"
      value={value}
      onChange={(event) => onValue(event.currentTarget.value)}
    >
      {speakers.map((agent, index) => (
        <option key={agent.rosterId} value={index === 0 ? "" : agent.rosterId}>
          {agent.persona}
        </option>
      ))}
    </select>
  );
}
