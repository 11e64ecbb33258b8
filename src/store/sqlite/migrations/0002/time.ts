// Schedules, their slots and dead letters (ports/rows/schedules.ts, ports/rows/dead-letters.ts).

export const sql = `
CREATE TABLE schedules (
  schedule_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  trigger_id TEXT,
  principal TEXT,
  plan TEXT NOT NULL,
  catch_up TEXT NOT NULL,
  inputs TEXT NOT NULL,
  state TEXT NOT NULL,
  next_due_ms INTEGER,
  created_ms INTEGER NOT NULL,
  version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX schedules_due ON schedules (next_due_ms, schedule_id) WHERE state = 'active';
CREATE INDEX schedules_by_workflow ON schedules (tenant_id, workflow_id, schedule_id);
CREATE INDEX schedules_by_tenant ON schedules (tenant_id, schedule_id);

CREATE TABLE slots (
  schedule_id TEXT NOT NULL,
  scheduled_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  run_id TEXT,
  is_catch_up INTEGER NOT NULL,
  error TEXT,
  through_ms INTEGER,
  count INTEGER,
  count_is_floor INTEGER NOT NULL,
  PRIMARY KEY (schedule_id, scheduled_ms)
) WITHOUT ROWID;
CREATE INDEX slots_by_age ON slots (at_ms);

CREATE TABLE dead_letters (
  run_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX dead_letters_by_tenant ON dead_letters (tenant_id, at_ms, run_id);
CREATE INDEX dead_letters_by_age ON dead_letters (at_ms, run_id);

-- What a purge finds the parts of a run by.
CREATE INDEX effects_by_run ON effects (run_id);
CREATE INDEX content_by_run ON content (run_id);
`;
