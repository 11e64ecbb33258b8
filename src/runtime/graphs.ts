// Graphs by definition hash: parsed, checked and built once, then shared by every run of that definition; and which
// definition a workflow id stands for now, remembered until a commit changes it.

import type { EngineEnvironment } from "#engine/engine.ts";
import { buildGraph, type Graph } from "#engine/graph.ts";
import type { WorkflowRow } from "#ports/rows.ts";
import type { Committed, Store } from "#ports/store.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { Lru } from "./lru.ts";

/** Definitions kept built at the same time; an older one is read and built again when a run needs it. */
const MAX_GRAPHS = 256;

export class Graphs {
  readonly #store: Store;
  readonly #environment: EngineEnvironment;
  readonly #built = new Lru<string, Graph>(MAX_GRAPHS);
  readonly #current = new Lru<string, WorkflowRow>(MAX_GRAPHS);

  constructor(store: Store, environment: EngineEnvironment) {
    this.#store = store;
    this.#environment = environment;
  }

  /** The current version of a workflow. */
  async current(tenantId: string, workflowId: string): Promise<WorkflowRow | undefined> {
    const key = currentKey(tenantId, workflowId);
    const known = this.#current.get(key);
    if (known) return known;
    const row = await this.#store.readWorkflow(tenantId, workflowId);
    if (row) this.#current.set(key, row);
    return row;
  }

  onCommitted(committed: Committed): void {
    for (const row of committed.rows) {
      if (row.op === "putWorkflow") this.#current.delete(currentKey(row.workflow.tenantId, row.workflow.workflowId));
      if (row.op === "deleteWorkflow") this.#current.delete(currentKey(row.tenantId, row.workflowId));
    }
  }

  /** The graph of a stored definition; rejects when the store does not hold it. */
  async load(hash: string): Promise<Graph> {
    const known = this.#built.get(hash);
    if (known) return known;
    const json = await this.#store.readDefinition(hash);
    if (json === undefined) throw new Error(`definition ${hash} is not in the store`);
    return this.add(JSON.parse(json) as WorkflowDefinition, hash);
  }

  /** Builds and keeps the graph of a definition that was found sound. */
  add(definition: WorkflowDefinition, hash: string): Graph {
    const graph = buildGraph(definition, hash, this.#environment.nodeTypes);
    this.#built.set(hash, graph);
    return graph;
  }
}

function currentKey(tenantId: string, workflowId: string): string {
  return `${tenantId} ${workflowId}`;
}
