// The workflows of the load that are more than nodes and their effects: parents and children, channels, conversations,
// a log of several pages, and what the clock starts.

import { edge, inLine, node, type Scenario, scenario } from "./scenario.ts";

/** Started by the clock, once a second. */
export const TICKING = "chaos-tick";
export const CHILD_FAILURE_CODE = "chaos_child";

/** `acceptTitle`: of a question that is answered with yes. */
export function coreScenarios(acceptTitle: string): Scenario[] {
  return [...families(acceptTitle), channels(), conversation(), long()];
}

/** Parents, each behind the child that it starts: in this order they can be registered. */
function families(acceptTitle: string): Scenario[] {
  const children = [
    scenario("chaos-child-delay", [node("a", "core.delay", { delayMs: 120 })], [], ["completed"], 0),
    scenario("chaos-child-gate", [node("ask", "core.approvalGate", { title: acceptTitle })], [], ["completed"], 0),
    scenario(
      "chaos-child-fail",
      [node("a", "core.fail", { code: CHILD_FAILURE_CODE, message: "as it must" })],
      [],
      ["failed:chaos_child"],
      0,
    ),
  ];
  return [
    ...children,
    parent("chaos-parent-delay", "chaos-child-delay", ["completed"], 3),
    parent("chaos-parent-gate", "chaos-child-gate", ["completed"], 2),
    parent("chaos-parent-fail", "chaos-child-fail", ["failed:child_failed"], 1),
    parent("chaos-grandparent", "chaos-parent-delay", ["completed"], 1),
  ];
}

function parent(workflowId: string, child: string, ends: Scenario["ends"], weight: number): Scenario {
  const nodes = [node("before", "core.noop"), node("call", "core.subWorkflow", { workflowId: child })];
  const after = node("after", "core.noop");
  return scenario(workflowId, [...nodes, after], inLine([...nodes, after]), ends, weight);
}

/** Two lines of writes that meet, with pauses in between, so that kills fall between the writes. */
function channels(): Scenario {
  const write = (id: string, channelName: string, value: unknown) =>
    node(id, "core.channelWrite", { channelName, value });
  const nodes = [
    write("one", "notes", "one"),
    write("count-one", "count", 1),
    node("wait", "core.delay", { delayMs: 80 }),
    write("two", "notes", "two"),
    write("count-two", "count", 2),
    write("last", "latest", "done"),
  ];
  const declared = {
    notes: { reducer: "append", schema: { type: "array" } },
    count: { reducer: "counter", schema: { type: "number" } },
    latest: { reducer: "replace", schema: { type: "string" } },
  };
  const made = scenario("chaos-channels", nodes, inLine(nodes), ["completed"], 3, { channels: declared });
  return { ...made, channels: { notes: ["one", "two"], count: 3, latest: "done" } };
}

/** The harness takes part in it, turn by turn (talk.ts). */
function conversation(): Scenario {
  const nodes = [node("convo", "core.conversationGate", { prompt: "Chaos: talk" }), node("after", "core.noop")];
  return scenario("chaos-conversation", nodes, [edge("convo", "after")], ["completed"], 2);
}

/** Each node makes two events: its log is copied in more than one page. */
const LONG_NODES = 150;

function long(): Scenario {
  const nodes = Array.from({ length: LONG_NODES }, (_, at) => node(`n${at}`, "core.noop"));
  return scenario("chaos-long", nodes, inLine(nodes), ["completed"], 0.5);
}

/** Not among the others: it is begun by the clock alone (schedule.ts). */
export function tickingScenario(): Scenario {
  const clock = { id: "clock", type: "schedule", enabled: true, config: { cron: "* * * * * *" } } as const;
  return scenario(TICKING, [node("a", "core.noop")], [], ["completed"], 0, { triggers: [clock] });
}
