// In whose name a decision is made, where the person who looks at the question is not among those who are asked.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Standing } from "./standing.ts";

export interface Voting {
  /** Nobody is chosen yet, or nothing can be decided from here. */
  isBlocked: boolean;
  /** Goes into the answer; absent: the person's own voice. */
  voter: string | undefined;
  choose(voter: string): void;
}

export function useVoting({ decides, voters }: Standing): Voting {
  const [chosen, choose] = useState("");
  // Where there is one person only, there is nothing to choose.
  const voter = decides !== "others" ? "" : voters.length === 1 ? (voters[0] ?? "") : chosen;
  const isBlocked = decides === "nobody" || (decides === "others" && !voters.includes(voter));
  return { isBlocked, voter: voter === "" ? undefined : voter, choose };
}

/** Says nothing where the person decides in her own name. */
export function VoterField({ standing, voting }: { standing: Standing; voting: Voting }): JSX.Element | null {
  const { decides, voters } = standing;
  if (decides === "self") return null;
  if (decides === "nobody") return <p class="muted">Only those who are asked can decide this.</p>;
  if (voters.length === 1) return <p class="muted">You decide in the name of {voters[0]}.</p>;
  return (
    <label class="field">
      <span>In whose name do you decide?</span>
      <select class="input" value={voting.voter ?? ""} onChange={(event) => voting.choose(event.currentTarget.value)}>
        <option value="">Choose…</option>
        {voters.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
