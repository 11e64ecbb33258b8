// The workflows of the load, and how a run of each must end, whatever was killed meanwhile.

import type { ReceiverMode } from "./receiver.ts";
import { type EffectClass, type End, edge, type Node, node, type Scenario, scenario } from "./scenario.ts";
import { coreScenarios } from "./workflows-below.ts";

export const APPROVE_TITLE = "Chaos: accept";
export const REFUSE_TITLE = "Chaos: refuse";
export const FAILURE_CODE = "chaos_expected";

/** Every scenario; effects go to the receiver at `receiverUrl`. */
export function scenariosOf(receiverUrl: string): Scenario[] {
  return [...plain(), ...gates(), ...effects(receiverUrl), ...coreScenarios(APPROVE_TITLE)];
}

function plain(): Scenario[] {
  const chain = [node("a", "core.start"), node("b", "core.identity"), node("c", "core.setVariable", { name: "c" })];
  const fan = [node("a", "core.parallel"), node("b", "core.noop"), node("c", "core.identity"), node("d", "core.merge")];
  const fanEdges = [edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d")];
  const delayed = [node("a", "core.delay", { delayMs: 150 }), node("b", "core.delay", { delayMs: 1 })];
  const failing = [node("a", "core.noop"), node("b", "core.fail", { code: FAILURE_CODE, message: "as it must" })];
  return [
    scenario("chaos-noop", [node("a", "core.noop")], [], ["completed"], 6),
    scenario("chaos-chain", chain, [edge("a", "b"), edge("b", "c")], ["completed"], 4),
    scenario("chaos-fan", fan, fanEdges, ["completed"], 3),
    scenario("chaos-delay", delayed, [edge("a", "b")], ["completed"], 4),
    scenario("chaos-fail", failing, [edge("a", "b")], [`failed:${FAILURE_CODE}`], 2),
  ];
}

function gates(): Scenario[] {
  const gate = (title: string) => [node("gate", "core.approvalGate", { title }), node("after", "core.noop")];
  const edges = [edge("gate", "after")];
  return [
    scenario("chaos-approve", gate(APPROVE_TITLE), edges, ["completed"], 3),
    scenario("chaos-refuse", gate(REFUSE_TITLE), edges, ["failed:approval_rejected"], 1),
  ];
}

/** Repeatable effects get through every fault; an unkeyed one is called once, and ends as interrupted when cut off. */
function effects(receiverUrl: string): Scenario[] {
  const repeatable: ReceiverMode[] = ["ok", "slow", "flaky", "drop", "cut"];
  const interrupted: End = "failed:interrupted";
  const scenarios = (["read", "keyed"] as const).flatMap((kind) =>
    repeatable.map((mode) => effectScenario(receiverUrl, kind, mode, ["completed"])),
  );
  const unkeyed = (mode: ReceiverMode, ends: End[], weight = 1) =>
    effectScenario(receiverUrl, "unkeyed", mode, ends, weight);
  return [
    ...scenarios,
    unkeyed("ok", ["completed", interrupted], 3),
    unkeyed("slow", ["completed", interrupted], 3),
    unkeyed("failing", ["failed:effect_failed", interrupted]),
    unkeyed("drop", [interrupted]),
    unkeyed("cut", [interrupted]),
    pairScenario(receiverUrl, ["completed", interrupted]),
  ];
}

/** One effect, and some life of the run behind it, so that a kill also falls after the effect has ended. */
function effectScenario(
  receiverUrl: string,
  effectClass: EffectClass,
  mode: ReceiverMode,
  ends: End[],
  weight = 1,
): Scenario {
  const effects = { effect: { class: effectClass, mode } };
  const nodes = [...effectNodes(receiverUrl, effects), node("after", "core.delay", { delayMs: 200 })];
  const edges = [edge("effect", "after")];
  return { ...scenario(`chaos-${effectClass}-${mode}`, nodes, edges, ends, weight), effects };
}

/** Two effects at the same time, of which one may be repeated and one may not. */
function pairScenario(receiverUrl: string, ends: End[]): Scenario {
  const effects = { may: { class: "keyed", mode: "flaky" }, mayNot: { class: "unkeyed", mode: "slow" } } as const;
  const nodes = [node("begin", "core.parallel"), ...effectNodes(receiverUrl, effects), node("end", "core.merge")];
  const edges = [edge("begin", "may"), edge("begin", "mayNot"), edge("may", "end"), edge("mayNot", "end")];
  return { ...scenario("chaos-pair", nodes, edges, ends, 3), effects };
}

function effectNodes(receiverUrl: string, effects: Scenario["effects"]): Node[] {
  return Object.entries(effects).map(([id, effect]) => {
    const config = { url: `${receiverUrl}/${effect.mode}`, class: effect.class, timeoutMs: 10_000 };
    // An unkeyed effect is never worth a second try: one call at most is what the suite counts.
    const maxAttempts = effect.class === "unkeyed" ? 1 : 50;
    const settings = { retry: { maxAttempts, backoffMs: 20, maxBackoffMs: 250 } };
    return { ...node(id, "local.parley.testEffect", config), settings };
  });
}
