// Rulings of runs.md §5: what a workflow is, and how a run goes through it.

import type { Ruling } from "../../ruling.ts";

export const definitions: readonly Ruling[] = [
  {
    id: "runs 5/1",
    says: "ids, names and closed objects are checked against the schema at registration",
    by: [
      "workflows",
      "an id that is none",
      "an id of 129 characters",
      "a member that the schema does not have",
      "a missing member",
    ],
  },
  {
    id: "runs 5/2",
    says: "a disabled node is skipped with reason disabled and counts as skipped",
    by: ["graph", "passes over a node that is disabled, which counts as skipped"],
  },
  {
    id: "runs 5/3",
    says: "a static, expression, connection and variable input resolve as they say",
    by: ["graph", "of a constant, an expression, a connection and a variable gets what each of them says"],
  },
  {
    id: "runs 5/4",
    says: "a missing connection or variable that is not optional fails the node with validation_error",
    by: [
      "graph",
      "of a missing connection fails the node, unless it is optional",
      "of a missing variable fails the node, unless it is optional",
    ],
  },
  {
    id: "runs 5/5",
    says: "an edge carries sourceOutput to targetInput; explicit inputs win",
    by: [
      "graph",
      "gets what an edge brings from the port it names, but an explicit input wins",
      "called input takes what a port called output brings",
    ],
  },
  {
    id: "runs 5/6",
    says: "a node without incoming edges sees the run inputs",
    by: ["graph", "called input has the run's inputs in a node that nothing leads to"],
  },
  {
    id: "runs 5/7",
    says: "an expression outside the portable subset is refused at registration",
    by: ["workflows", "an expression outside the portable subset", "an expression that does not parse"],
  },
  {
    id: "runs 5/8",
    says: "a config that does not fit the type's schema is refused at registration",
    by: ["workflows", "a delay that is no number"],
    also: ["channel-rules", "with a write without a name"],
  },
  {
    id: "runs 5/9",
    says: "inputs that a node cannot have or that do not fit fail it with validation_error and details.port",
    by: ["call-prompt", "fails in words without them"],
    also: ["graph", "of a missing variable fails the node"],
  },
  {
    id: "runs 5/10",
    says: "all_success runs when all ended, none failed and one completed, else it skips",
    by: [
      "graph",
      "all_success over completed and completed",
      "all_success over completed and failed",
      "all_success over completed and skipped",
      "all_success over failed and failed",
      "all_success over skipped and skipped",
    ],
  },
  {
    id: "runs 5/11",
    says: "any_success runs at the first completed",
    by: [
      "graph",
      "any_success over completed and completed",
      "any_success over completed and failed",
      "any_success over completed and skipped",
      "any_success over failed and failed",
      "any_success over skipped and skipped",
      "any_success does not wait for the others",
    ],
  },
  {
    id: "runs 5/12",
    says: "all_complete runs when all have ended",
    by: [
      "graph",
      "all_complete over completed and completed",
      "all_complete over completed and failed",
      "all_complete over completed and skipped",
      "all_complete over failed and failed",
      "all_complete over skipped and skipped",
    ],
  },
  {
    id: "runs 5/13",
    says: "none_failed skips at a failure",
    by: [
      "graph",
      "none_failed over completed and completed",
      "none_failed over completed and failed",
      "none_failed over completed and skipped",
      "none_failed over failed and failed",
      "none_failed over skipped and skipped",
    ],
  },
  {
    id: "runs 5/14",
    says: "any_failed runs at the first failure, and rescues the run",
    by: [
      "graph",
      "any_failed over completed and completed",
      "any_failed over completed and failed",
      "any_failed over completed and skipped",
      "any_failed over failed and failed",
      "any_failed over skipped and skipped",
      "any_failed does not wait for the others",
      "is rescued by a branch for failures that completes",
    ],
  },
  {
    id: "runs 5/15",
    says: "edges into one target that disagree: the lowest id decides",
    by: ["graph", "is that of the edge with the lowest id"],
  },
  {
    id: "runs 5/16",
    says: "a false condition removes the edge: a target without true edges is skipped",
    by: ["graph", "that is false takes its edge away"],
  },
  {
    id: "runs 5/17",
    says: "equals, notEquals, contains, regex and expression conditions judge the source's result",
    by: [
      "graph",
      '{"type":"equals","left":"status","right":"completed"} is true',
      '{"type":"notEquals","left":"output.amount","right":7} is false',
      '{"type":"contains","left":"output.list","right":{"b":1}} is true',
      '{"type":"regex","left":"output.amount","right":"^7$"} is true',
      '{"type":"expression","expression":".output.amount > 6"} is true',
    ],
  },
  {
    id: "runs 5/18",
    says: "a regex with look-around or back-references is refused, and matching is linear",
    by: ["workflows", "the pattern (?=a)b in a condition", "the pattern (a)\\1 in a condition"],
    also: ["patterns", "of any shape and on any text delays no other request either"],
  },
  {
    id: "runs 5/19",
    says: "the order of events is topological, ties broken by node id",
    by: ["graph", "is topological, ties broken by node id"],
  },
  {
    id: "runs 5/20",
    says: "a cycle is refused with cycle_detected in the details",
    by: ["workflows", "registering refuses > a cycle", "a node that follows itself"],
  },
  {
    id: "runs 5/21",
    says: "refine edges of an approval gate are bounded by maxLoopbackIterations",
    by: ["interrupt-actions", "is over at the limit: told, and no more offered"],
  },
  {
    id: "runs 5/22",
    says: "a run fails when a graph-terminal node failed or none completed, else it completes",
    by: [
      "graph",
      "fails when a node at the end of its graph failed, and names it",
      "fails when no node at the end of its graph completed",
    ],
  },
  {
    id: "runs 5/23",
    says: "inputs overlay variable defaults; undeclared inputs are kept and folded into the variables",
    by: ["runs", "keeps inputs nobody declared, and fills in defaults"],
    also: ["graph", "of a variable gets what the caller said before the default"],
  },
  {
    id: "runs 5/24",
    says: "required inputs must be there and types must match",
    by: [
      "runs",
      "refuses a required input missing",
      "refuses text where a number is declared",
      "refuses a list where an object is declared",
    ],
  },
  {
    id: "runs 5/25",
    says: "a sensitive variable is masked in events, snapshots and streams",
    by: ["graph", "is masked in events, snapshots and streams; nodes read its value"],
  },
  {
    id: "runs 5/26",
    says: "settings.timeout ends the run as run_timeout",
    by: ["graph", "ends as run_timeout when it takes longer than its workflow allows"],
  },
  {
    id: "runs 5/27",
    says: "a gated node type is refused with capability_required and its details, at registration and at creation",
    by: [
      "requires",
      "is claimed no longer, and documents that need it are refused by its name",
      "is named by the refusal of core.orchestrator.supervisor, with the type and the node",
      "is named by the refusal of core.dispatch, with the type and the node",
      "is refused at the creation of runs too",
    ],
  },
  {
    id: "runs 5/28",
    says: "core.dispatch without a supervisor is refused",
    by: ["children-dispatch", "is refused without a supervisor"],
  },
  {
    id: "runs 5/29",
    says: "an input mapping is refused when its capability is not offered",
    by: [
      "requires",
      "a mapping into a child is refused where mappings are switched off",
      "is refused at the creation of runs too",
    ],
  },
  {
    id: "runs 5/30",
    says: "a node with agent.channel is refused without deployments",
    by: ["workflows", "an agent channel without deployments"],
  },
  {
    id: "runs 5/31",
    says: "core.conformance types are refused outside conformance workflows",
    by: ["workflows", "a conformance node in a document of another name"],
    also: ["mock-agent", "outside of conformance workflows"],
  },
  {
    id: "runs 5/32",
    says: "settings.compensation is refused unless the engine offers it",
    by: ["workflows", "settings.compensation"],
  },
  {
    id: "runs 5/33",
    says: "a schedule trigger beyond the horizon is schedule_horizon_exceeded",
    by: ["schedules", "is refused for a delay beyond the horizon", "is refused for a time beyond the horizon"],
  },
  {
    id: "runs 5/34",
    says: "duplicate ids and dangling edges are refused",
    by: ["workflows", "a node id that stands twice", "an edge id that stands twice", "an edge into nothing"],
  },
  {
    id: "runs 5/35",
    says: "a definition is checked again when a run is created",
    by: ["requires", "is refused at the creation of runs too"],
  },
  {
    id: "runs 5/36",
    says: "requires of a capability nobody provides fails the run with capability_not_provided, naming it, and no executor runs",
    by: ["requires", "is never executed where nobody provides it: the node fails, then the run"],
  },
];
