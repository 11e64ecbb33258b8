// From a draft to a complete agent: its manifest's id, its prompt, the hashes that runs pin.

import { open } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import type { RosterAgent } from "./agent.ts";
import type { Draft } from "./draft.ts";
import { MAX_PROMPT_CHARACTERS, PROMPT_REF } from "./entry-schema.ts";
import { type PlaceOf, problemAt, type RosterProblem } from "./problems.ts";

/** An agent, and where its keys stand. */
export interface Entry {
  agent: RosterAgent;
  placeOf: PlaceOf;
}

export type Completed = { outcome: "complete"; entry: Entry } | { outcome: "wrong"; problems: RosterProblem[] };

/**
 * `promptFolders`: where prompts are looked for, the first that has one wins. `shippedAgentId`: id of the shipped
 * manifest under this roster id, which an overlay keeps.
 */
export async function complete(
  draft: Draft,
  promptFolders: readonly string[],
  shippedAgentId: string | undefined,
): Promise<Completed> {
  const misnamed = agentIdProblem(draft, shippedAgentId);
  const prompt = await promptOf(draft, promptFolders);
  if (misnamed || prompt.outcome === "wrong") {
    const problems = [misnamed, prompt.outcome === "wrong" ? prompt.problem : undefined];
    return { outcome: "wrong", problems: problems.filter((one) => one !== undefined) };
  }
  const { entry, file, origin, placeOf } = draft;
  const { manifest, bounds } = entry;
  const agent: RosterAgent = {
    rosterId: entry.id,
    role: entry.role,
    persona: manifest.persona,
    ...(manifest.description !== undefined && { description: manifest.description }),
    agentId: manifest.agentId,
    modelClass: manifest.modelClass,
    model: entry.model,
    tools: manifest.toolAllowlist ?? [],
    workers: entry.workers ?? [],
    delegates: entry.delegates ?? [],
    bounds: { maxRounds: bounds.rounds, maxTokens: bounds.tokens, maxWallMs: bounds.seconds * 1000 },
    prompt: { ref: prompt.ref, text: prompt.text, hash: sha256Hex(prompt.text) },
    manifestHash: sha256Hex(canonicalJson(manifest)),
    origin,
    file,
  };
  return { outcome: "complete", entry: { agent, placeOf } };
}

/** Ids of manifests say where they come from (roster-org.md §1.1). */
function agentIdProblem({ entry, origin, placeOf }: Draft, shippedAgentId?: string): RosterProblem | undefined {
  const { agentId } = entry.manifest;
  const wanted = origin === "shipped" ? `private.parley.agents.${entry.id.slice("host:".length)}` : shippedAgentId;
  if (wanted === undefined ? /^local\.home\.[^.]+$/.test(agentId) : agentId === wanted) return undefined;
  const says = wanted === undefined ? "is not an id for an agent of your own" : `is not the id that ${entry.id} has`;
  const facts = { value: JSON.stringify(agentId), allowed: wanted ?? "local.home.<name>" };
  return problemAt(placeOf, ["manifest", "agentId"], says, facts);
}

type Prompt = { outcome: "read"; ref: string; text: string } | { outcome: "wrong"; problem: RosterProblem };

async function promptOf({ entry, placeOf }: Draft, folders: readonly string[]): Promise<Prompt> {
  const { systemPrompt, systemPromptRef: ref } = entry.manifest;
  const name = ref === undefined ? undefined : PROMPT_REF.exec(ref)?.[1];
  if (ref === undefined || name === undefined) {
    return { outcome: "read", ref: "systemPrompt", text: (systemPrompt ?? "").trim() };
  }
  for (const folder of folders) {
    const file = join(folder, name);
    const read = await readPrompt(file);
    if (read === undefined) continue;
    if ("text" in read) return { outcome: "read", ref, text: read.text };
    return { outcome: "wrong", problem: problemAt(() => ({ file }), [], read.says) };
  }
  const says = `names a prompt that is in none of the folders ${folders.join(", ")}`;
  const path = ["manifest", "systemPromptRef"];
  return { outcome: "wrong", problem: problemAt(placeOf, path, says, { value: JSON.stringify(ref) }) };
}

/** Undefined: there is no such file. */
async function readPrompt(file: string): Promise<{ text: string } | { says: string } | undefined> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => error.code ?? "no reason given");
  if (handle === "ENOENT") return undefined;
  if (typeof handle === "string") return { says: `cannot be read (${handle})` };
  try {
    const status = await handle.stat();
    if (!status.isFile()) return { says: "is not a regular file" };
    if (status.size > MAX_PROMPT_CHARACTERS) return { says: `is larger than ${MAX_PROMPT_CHARACTERS} bytes` };
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await handle.readFile()).trim();
    return text === "" ? { says: "is empty" } : { text };
  } catch {
    return { says: "is not a text in UTF-8" };
  } finally {
    await handle.close();
  }
}
