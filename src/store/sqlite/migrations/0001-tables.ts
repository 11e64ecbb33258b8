// 0001: every table of the first version.
//
// Rowid tables hold what grows (log, bodies): new rows go to the end of the file's newest pages. WITHOUT ROWID holds
// what is small and only looked up by its key. Partial indexes hold the open few among the settled many.

export const sql = `
CREATE TABLE commits (
  no INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at_ms INTEGER NOT NULL
);

-- One row per batch. lines: the events' JSON texts, joined by line breaks.
CREATE TABLE log (
  stream TEXT NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  commit_no INTEGER NOT NULL,
  lines TEXT NOT NULL
);
CREATE UNIQUE INDEX log_by_stream ON log (stream, first_seq);

CREATE TABLE runs (
  run_id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  status TEXT NOT NULL,
  unfinished INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER,
  current_node_id TEXT,
  error TEXT,
  usage TEXT,
  start TEXT NOT NULL
);
-- Two indexes serve all four filters of a list: without a status it merges one range per status.
CREATE INDEX runs_by_status ON runs (tenant_id, status, run_id);
CREATE INDEX runs_by_workflow ON runs (tenant_id, workflow_id, status, run_id);
CREATE INDEX runs_unfinished ON runs (run_id) WHERE unfinished = 1;

CREATE TABLE run_tags (
  tenant_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, tag, run_id)
) WITHOUT ROWID;

CREATE TABLE definitions (
  hash TEXT NOT NULL UNIQUE,
  json TEXT NOT NULL
);

CREATE TABLE workflows (
  tenant_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  version TEXT NOT NULL,
  hash TEXT NOT NULL,
  origin TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, workflow_id)
) WITHOUT ROWID;

CREATE TABLE interrupts (
  interrupt_id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  thread_id TEXT,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  status TEXT NOT NULL,
  requested_ms INTEGER NOT NULL,
  deadline_ms INTEGER,
  timeout_ms INTEGER,
  settled_ms INTEGER,
  settled_by TEXT,
  auth_required INTEGER NOT NULL,
  data TEXT NOT NULL,
  resume_schema TEXT
);
CREATE INDEX interrupts_by_node ON interrupts (run_id, node_id, requested_ms, interrupt_id);
CREATE INDEX interrupts_open
  ON interrupts (tenant_id, ifnull(deadline_ms, 9007199254740991), requested_ms, interrupt_id)
  WHERE status = 'open';
CREATE INDEX interrupts_open_by_thread ON interrupts (tenant_id, thread_id) WHERE status = 'open';

CREATE TABLE effects (
  effect_id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  kind TEXT NOT NULL,
  class TEXT NOT NULL,
  state TEXT NOT NULL,
  timeout_ms INTEGER NOT NULL,
  planned_ms INTEGER NOT NULL,
  request TEXT NOT NULL
);
CREATE INDEX effects_open ON effects (effect_id) WHERE state IN ('planned', 'started');
CREATE INDEX effects_open_by_run ON effects (run_id) WHERE state IN ('planned', 'started');

CREATE TABLE timers (
  run_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  node_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  PRIMARY KEY (run_id, purpose, node_id)
) WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_ms);

-- body: NULL once it was forgotten.
CREATE TABLE content (
  content_id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  body TEXT
);

CREATE TABLE threads (
  tenant_id TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  title TEXT,
  created_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  last_position INTEGER NOT NULL,
  active_run_id TEXT,
  PRIMARY KEY (tenant_id, thread_id)
) WITHOUT ROWID;
CREATE INDEX threads_by_last ON threads (tenant_id, last_ms, thread_id);

CREATE TABLE messages (
  tenant_id TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  content_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  agent TEXT,
  in_reply_to TEXT,
  also_answers TEXT,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, thread_id, position)
) WITHOUT ROWID;

-- Runs that wait for their thread. place: grows within a lane, so it orders the line.
CREATE TABLE lane (
  place INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  run_id TEXT NOT NULL UNIQUE
);
CREATE INDEX lane_by_thread ON lane (tenant_id, thread_id, place);

-- is_head: 1 on the oldest unsettled row of its destination, the only one that may be handed over.
CREATE TABLE outbox (
  outbox_id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  destination TEXT NOT NULL,
  client_id TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  repeatable INTEGER NOT NULL,
  platform_message_id TEXT,
  last_error TEXT,
  payload TEXT NOT NULL,
  is_head INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_unsettled ON outbox (outbox_id) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_line ON outbox (destination, outbox_id) WHERE state IN ('queued', 'sending');
CREATE UNIQUE INDEX outbox_head ON outbox (destination) WHERE is_head = 1;
CREATE INDEX outbox_due ON outbox (state, due_ms, outbox_id) WHERE is_head = 1;

CREATE TABLE dedup (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) WITHOUT ROWID;
CREATE INDEX dedup_by_age ON dedup (at_ms);

-- Keys are hashes, so each lands on another page of their index: its entries are short to keep those pages few.
CREATE TABLE receipts (
  key_hash TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  status INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  headers TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX receipts_by_key ON receipts (substr(key_hash, 1, 10));
CREATE INDEX receipts_by_expiry ON receipts (expires_ms);

CREATE TABLE api_keys (
  key_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  scopes TEXT NOT NULL,
  mode TEXT NOT NULL,
  hash TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  revoked_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, key_id);

CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
`;
