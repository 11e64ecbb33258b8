// Webhooks: subscriptions, how far each is in each run, and what became of deliveries (ports/rows/webhooks.ts).

export const sql = `
CREATE TABLE webhooks (
  webhook_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  url TEXT NOT NULL,
  events TEXT NOT NULL,
  tags TEXT NOT NULL,
  secret TEXT NOT NULL,
  secret_fingerprint TEXT NOT NULL,
  keyed_fingerprint TEXT NOT NULL,
  private_allowed INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  health TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhooks_by_tenant ON webhooks (tenant_id, webhook_id);

-- redrive: the sequence of the one event that is told again, or -1.
CREATE TABLE webhook_lines (
  webhook_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  redrive INTEGER NOT NULL,
  next_sequence INTEGER NOT NULL,
  through_sequence INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  delivery_id TEXT,
  PRIMARY KEY (webhook_id, run_id, redrive)
) WITHOUT ROWID;
CREATE INDEX webhook_lines_due ON webhook_lines (webhook_id, due_ms);
CREATE INDEX webhook_lines_by_age ON webhook_lines (since_ms);

-- what: 'delivery', 'dead-letter' (a delivery that was given up and not told again), 'redriven' (told again), 'state'.
CREATE TABLE webhook_records (
  webhook_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  what TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (webhook_id, record_id)
) WITHOUT ROWID;
CREATE INDEX webhook_records_dead ON webhook_records (webhook_id, record_id) WHERE what = 'dead-letter';
CREATE INDEX webhook_records_changes ON webhook_records (webhook_id, record_id) WHERE what = 'state';
CREATE INDEX webhook_records_by_age ON webhook_records (at_ms) WHERE what = 'delivery';
CREATE INDEX webhook_records_kept_by_age ON webhook_records (at_ms) WHERE what <> 'delivery';
`;
