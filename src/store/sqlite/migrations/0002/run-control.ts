// Pauses, scopes and annotations of runs.

export const sql = `
ALTER TABLE timers ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
DROP INDEX timers_due;
CREATE INDEX timers_due ON timers (due_ms) WHERE held = 0;

-- result: what came back while the run was paused.
ALTER TABLE effects ADD COLUMN result TEXT;

CREATE TABLE run_scopes (
  tenant_id TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, scope_id, run_id)
) WITHOUT ROWID;

CREATE TABLE annotations (
  annotation_id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  event_id TEXT,
  node_id TEXT,
  signal TEXT NOT NULL,
  note TEXT,
  principal_ref TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE INDEX annotations_by_run ON annotations (run_id, annotation_id);
`;
