// The home of a campaign: the model of the harness, an agent with every test tool, and one it can hand tasks to.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HELPER, TESTER } from "./turns.ts";

const TOOLS = ["keyed", "unkeyed", "keyed-approved"].map((name) => `openwop:parley.test-${name}`);

/** Writes configuration and agents into an empty home. */
export async function furnish(home: string, modelUrl: string): Promise<void> {
  await mkdir(join(home, "agents"), { mode: 0o700 });
  const model = `{ provider: openai, model: chaos-1, baseUrl: "${modelUrl}" }`;
  await writeFile(join(home, "parley.yaml"), `models: { default: ${model} }\n`);
  await writeFile(join(home, "agents", "tester.yaml"), agentYaml(TESTER, "conversation", `delegates: ["${HELPER}"]`));
  await writeFile(join(home, "agents", "helper.yaml"), agentYaml(HELPER, "worker"));
}

function agentYaml(rosterId: string, role: string, more = ""): string {
  const name = rosterId.replace(/^host:/, "");
  return [
    `id: "${rosterId}"`,
    `role: ${role}`,
    more,
    "manifest:",
    `  agentId: local.home.${name}`,
    `  persona: ${name}`,
    "  modelClass: general",
    `  description: Does what the campaign asks of ${name}.`,
    `  systemPrompt: You are ${name}.`,
    `  toolAllowlist: ${JSON.stringify(TOOLS)}`,
    "",
  ].join("\n");
}
