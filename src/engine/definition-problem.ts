// Why a document is no workflow of this host.

/** Where in the document, what, and for a refused type what it would need. */
export interface DefinitionProblem {
  path: string;
  message: string;
  nodeId?: string;
  /** A known type whose gate this host does not offer. */
  requiredCapability?: string;
  /** The refusal is one of the document (`validation_error`), though it names the capability. */
  invalid?: true;
  offendingTypeId?: string;
  reason?: "cycle_detected" | "unknown_node_type";
}
