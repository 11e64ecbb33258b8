// Approving with changes: the arguments of each tool call, or what is to be approved as a whole.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { isObject, type JsonObject } from "../api/types.ts";
import { Problem } from "../ui/problem.tsx";

/** Values that are edited together, under their names. */
export interface Editable {
  id: string;
  values: JsonObject;
}

export interface EditFormProperties {
  groups: readonly Editable[];
  isSending: boolean;
  isBlocked: boolean;
  /** The values as they are now, one object for each group. */
  onEdited: (values: readonly JsonObject[]) => void;
  onBack: () => void;
}

/** Texts are edited as text, everything else as JSON. */
export function EditForm({ groups, isSending, isBlocked, onEdited, onBack }: EditFormProperties): JSX.Element {
  const [written, setWritten] = useState(() => groups.map((group) => writtenOf(group.values)));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const change = (at: number, name: string, value: string) => {
    setWritten(written.map((fields, index) => (index === at ? { ...fields, [name]: value } : fields)));
  };
  const approve = (event: Event) => {
    event.preventDefault();
    const edited: JsonObject[] = [];
    for (const [index, group] of groups.entries()) {
      const read = readWritten(group.values, written[index] ?? {});
      if ("problem" in read) return setProblem(read.problem);
      edited.push(read.values);
    }
    setProblem(undefined);
    onEdited(edited);
  };
  return (
    <form class="stack" onSubmit={approve}>
      {groups.map((group, at) =>
        Object.keys(group.values).map((name) => (
          <label class="field" key={`${group.id}-${name}`}>
            <span>{name}</span>
            <textarea
              class="input is-mono"
              rows={Math.min(10, (written[at]?.[name] ?? "").split("\n").length + 1)}
              value={written[at]?.[name] ?? ""}
              onInput={(event) => change(at, name, event.currentTarget.value)}
            />
          </label>
        )),
      )}
      <Problem text={problem} />
      <div class="choices">
        <button type="submit" class="button is-primary" disabled={isSending || isBlocked}>
          {isSending ? "Sending…" : "Approve with these changes"}
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
): { values: JsonObject } | { problem: string } {
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
  return { values: read };
}
