// Threads, their messages, and the bodies that messages and events refer to.

import type { MessageRow, StoredMessage, ThreadRow } from "#ports/rows.ts";
import type { Page } from "#ports/store.ts";
import { brokenCommit } from "../refusals.ts";
import { type Database, jsonOf, present } from "./database.ts";
import { type Paged, readPage } from "./paging.ts";

export function putContent(db: Database, contentId: string, runId: string, sha256: string, body: string): void {
  const sql = "INSERT OR REPLACE INTO content (content_id, run_id, sha256, body) VALUES (?, ?, ?, ?)";
  db.run(sql, contentId, runId, sha256, body);
}

export function readContent(db: Database, contentId: string): string | undefined {
  const record = db.get<{ body: string | null }>("SELECT body FROM content WHERE content_id = ?", contentId);
  return record?.body ?? undefined;
}

/** The position the message got. */
export function insertMessage(db: Database, message: MessageRow, channel: string, title: string | undefined): number {
  const position = takePosition(db, message, channel, title);
  const changes = db.run(
    `INSERT INTO messages (tenant_id, thread_id, position, message_id, role, content_id, run_id, agent, in_reply_to,
       also_answers, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_id) DO NOTHING`,
    message.tenantId,
    message.threadId,
    position,
    message.messageId,
    message.role,
    message.contentId,
    message.runId,
    message.agent ?? null,
    message.inReplyTo ?? null,
    jsonOf(message.alsoAnswers),
    message.atMs,
  );
  if (changes === 0) throw brokenCommit(`message ${message.messageId} exists`);
  return position;
}

/** A clock that stepped back does not move a thread down the list; channel and title are those it began with. */
function takePosition(db: Database, message: MessageRow, channel: string, title: string | undefined): number {
  const thread = db.get<{ last_position: number }>(
    `INSERT INTO threads (tenant_id, thread_id, channel, title, created_ms, last_ms, last_position)
     VALUES (?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT (tenant_id, thread_id) DO UPDATE SET
       last_position = last_position + 1, last_ms = max(last_ms, excluded.last_ms)
     RETURNING last_position`,
    message.tenantId,
    message.threadId,
    channel,
    title ?? null,
    message.atMs,
    message.atMs,
  );
  return (thread as { last_position: number }).last_position;
}

interface ThreadRecord {
  tenant_id: string;
  thread_id: string;
  channel: string;
  title: string | null;
  created_ms: number;
  last_ms: number;
  last_position: number;
  active_run_id: string | null;
}

function threadOf(record: ThreadRecord): ThreadRow {
  return {
    threadId: record.thread_id,
    tenantId: record.tenant_id,
    channel: record.channel,
    ...present("title", record.title),
    createdMs: record.created_ms,
    lastMs: record.last_ms,
    lastPosition: record.last_position,
    ...present("activeRunId", record.active_run_id),
  };
}

export function readThread(db: Database, tenantId: string, threadId: string): ThreadRow | undefined {
  const sql = "SELECT * FROM threads WHERE tenant_id = ? AND thread_id = ?";
  const record = db.get<ThreadRecord>(sql, tenantId, threadId);
  return record && threadOf(record);
}

export function listThreads(db: Database, tenantId: string, page: { limit: number; cursor?: string }): Page<ThreadRow> {
  const sql = `SELECT * FROM threads WHERE tenant_id = ? AND (last_ms, thread_id) < (?, ?)
    ORDER BY last_ms DESC, thread_id DESC LIMIT ?`;
  return readPage(threadList, page, (behind, limit) => db.all<ThreadRecord>(sql, tenantId, ...behind, limit));
}

const threadList: Paged<ThreadRecord, ThreadRow, [number, string]> = {
  kind: "threads",
  start: [Number.MAX_SAFE_INTEGER, ""],
  keyOf: (record) => [record.last_ms, record.thread_id],
  itemOf: threadOf,
};

interface MessageRecord {
  tenant_id: string;
  thread_id: string;
  position: number;
  message_id: string;
  role: MessageRow["role"];
  content_id: string;
  run_id: string;
  agent: string | null;
  in_reply_to: string | null;
  also_answers: string | null;
  at_ms: number;
  body: string | null;
}

/** On the way of every prompt and every live message, a hundred at a time: members are set, not spread. */
function messageOf(record: MessageRecord): StoredMessage {
  const message: StoredMessage = {
    messageId: record.message_id,
    tenantId: record.tenant_id,
    threadId: record.thread_id,
    role: record.role,
    contentId: record.content_id,
    runId: record.run_id,
    atMs: record.at_ms,
    position: record.position,
  };
  if (record.agent !== null) message.agent = record.agent;
  if (record.in_reply_to !== null) message.inReplyTo = record.in_reply_to;
  if (record.also_answers !== null) message.alsoAnswers = JSON.parse(record.also_answers) as string[];
  if (record.body !== null) message.text = record.body;
  return message;
}

const WITH_BODY = "SELECT messages.*, content.body FROM messages LEFT JOIN content USING (content_id)";

export function readMessage(db: Database, tenantId: string, messageId: string): StoredMessage | undefined {
  const sql = `${WITH_BODY} WHERE message_id = ? AND tenant_id = ?`;
  const record = db.get<MessageRecord>(sql, messageId, tenantId);
  return record && messageOf(record);
}

export function readMessages(
  db: Database,
  tenantId: string,
  threadId: string,
  range: { after?: number; before?: number; limit: number; newest: boolean },
): StoredMessage[] {
  const sql = `${WITH_BODY} WHERE tenant_id = ? AND thread_id = ? AND position > ? AND position < ?
    ORDER BY position ${range.newest ? "DESC" : "ASC"} LIMIT ?`;
  const { after = 0, before = Number.MAX_SAFE_INTEGER, limit } = range;
  const messages = db.all<MessageRecord>(sql, tenantId, threadId, after, before, Math.max(0, limit)).map(messageOf);
  return range.newest ? messages.reverse() : messages;
}
