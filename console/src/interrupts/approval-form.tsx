// Approve, reject with a reason, or approve with other arguments.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { JsonObject, PendingItem } from "../api/types.ts";
import type { Outcome } from "../chat/thread-state.ts";
import { Subject } from "./arguments.tsx";
import { isObject, type Question, type ToolCall } from "./question.ts";
import { type Answering, useAnswer } from "./use-answer.ts";

export interface FormProperties<Kind extends Question["kind"]> {
  question: Extract<Question, { kind: Kind }>;
  item: PendingItem;
  outcome: Outcome | undefined;
  onOutcome: (outcome: Outcome) => void;
}

export function ApprovalForm({ question, item, outcome, onOutcome }: FormProperties<"approval">): JSX.Element {
  const [mode, setMode] = useState<"choose" | "reject" | "edit">("choose");
  const answering = useAnswer(item, onOutcome);
  const { description, calls, artifact, needed } = question;
  return (
    <div class="approval">
      {description !== undefined && !outcome && <p>{description}</p>}
      {outcome ? (
        <details>
          <summary>What was asked</summary>
          <Subject calls={calls} artifact={artifact} />
        </details>
      ) : (
        mode !== "edit" && <Subject calls={calls} artifact={artifact} />
      )}
      {needed > 1 && !outcome && <p class="muted">{needed} people have to approve this.</p>}
      {!outcome && mode === "choose" && <Choices question={question} answering={answering} onMode={setMode} />}
      {!outcome && mode === "reject" && <Rejection answering={answering} onBack={() => setMode("choose")} />}
      {!outcome && mode === "edit" && (
        <EditedCalls calls={calls} answering={answering} onBack={() => setMode("choose")} />
      )}
      {answering.error !== undefined && (
        <p class="problem" role="alert">
          {answering.error}
        </p>
      )}
    </div>
  );
}

interface ChoicesProperties {
  question: Extract<Question, { kind: "approval" }>;
  answering: Answering;
  onMode: (mode: "reject" | "edit") => void;
}

function Choices({ question, answering, onMode }: ChoicesProperties): JSX.Element {
  const { actions, calls } = question;
  const { isSending, answer } = answering;
  return (
    <div class="choices">
      {actions.includes("accept") && (
        <button
          type="button"
          class="button is-primary"
          disabled={isSending}
          onClick={() => answer({ action: "accept" }, { text: "You approved this", tone: "ok" })}
        >
          {isSending ? "Sending…" : "Approve"}
        </button>
      )}
      {actions.includes("reject") && (
        <button type="button" class="button" disabled={isSending} onClick={() => onMode("reject")}>
          Reject…
        </button>
      )}
      {actions.includes("edit-accept") && calls.length > 0 && (
        <button type="button" class="button" disabled={isSending} onClick={() => onMode("edit")}>
          Change…
        </button>
      )}
    </div>
  );
}

function Rejection({ answering, onBack }: { answering: Answering; onBack: () => void }): JSX.Element {
  const [reason, setReason] = useState("");
  const { isSending, answer } = answering;
  const reject = (event: Event) => {
    event.preventDefault();
    const feedback = reason.trim();
    const said = feedback === "" ? "You rejected this" : `You rejected this: ${feedback}`;
    void answer({ action: "reject", ...(feedback !== "" && { feedback }) }, { text: said, tone: "failed" });
  };
  return (
    <form class="stack" onSubmit={reject}>
      <label class="field">
        <span>Why not? The agent reads this. You may leave it empty.</span>
        <input
          class="input"
          value={reason}
          maxLength={500}
          ref={(element) => element?.focus()}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div class="choices">
        <button type="submit" class="button is-danger" disabled={isSending}>
          {isSending ? "Sending…" : "Reject"}
        </button>
        <button type="button" class="button" onClick={onBack}>
          Back
        </button>
      </div>
    </form>
  );
}

interface EditedCallsProperties {
  calls: readonly ToolCall[];
  answering: Answering;
  onBack: () => void;
}

/** Text arguments are edited as text, everything else as JSON. */
function EditedCalls({ calls, answering, onBack }: EditedCallsProperties): JSX.Element {
  const [written, setWritten] = useState(() => calls.map((call) => writtenOf(call.arguments)));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const change = (call: number, name: string, value: string) => {
    setWritten(written.map((fields, index) => (index === call ? { ...fields, [name]: value } : fields)));
  };
  const approve = (event: Event) => {
    event.preventDefault();
    const items: JsonObject[] = [];
    for (const [index, call] of calls.entries()) {
      const read = readWritten(call.arguments, written[index] ?? {});
      if ("problem" in read) return setProblem(read.problem);
      items.push({ ...call.original, arguments: read.arguments });
    }
    setProblem(undefined);
    const said = { text: "You approved this with your changes", tone: "ok" } as const;
    void answering.answer({ action: "edit-accept", editedArtifactData: { items } }, said);
  };
  return (
    <form class="stack" onSubmit={approve}>
      {calls.map((call, index) =>
        Object.keys(call.arguments).map((name) => (
          <label class="field" key={`${call.callId}-${name}`}>
            <span>{name}</span>
            <textarea
              class="input is-mono"
              rows={Math.min(10, (written[index]?.[name] ?? "").split("\n").length + 1)}
              value={written[index]?.[name] ?? ""}
              onInput={(event) => change(index, name, event.currentTarget.value)}
            />
          </label>
        )),
      )}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="choices">
        <button type="submit" class="button is-primary" disabled={answering.isSending}>
          {answering.isSending ? "Sending…" : "Approve with these changes"}
        </button>
        <button type="button" class="button" onClick={onBack}>
          Back
        </button>
      </div>
    </form>
  );
}

function writtenOf(values: JsonObject): Record<string, string> {
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value, null, 2)]),
  );
}

function readWritten(
  before: JsonObject,
  written: Record<string, string>,
): { arguments: JsonObject } | { problem: string } {
  const read: JsonObject = {};
  for (const [name, value] of Object.entries(before)) {
    const text = written[name] ?? "";
    if (typeof value === "string") read[name] = text;
    else {
      try {
        read[name] = JSON.parse(text);
      } catch {
        return {
          problem: `“${name}” is not valid JSON. It was ${isObject(value) ? "an object" : JSON.stringify(value)}.`,
        };
      }
    }
  }
  return { arguments: read };
}
