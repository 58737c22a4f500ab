import type { Cursor, FeedEvent } from '#contract';
import { recordedAs } from '#task';
import type { Author, Recorded, Task, TaskEvent } from '#task';
import type { AuditPlace, LeasedTask, LoggedAudit, LoggedCommit, QueuedTask, Stored } from './event-store.js';

export type PlaceRow = Readonly<{ incarnation: number; xid: string; position: string }>;
export type HistoryRow = Readonly<{ version: number; events: string; author: string; at: Date }>;
export type CommitRow = PlaceRow &
  HistoryRow &
  Readonly<{ tenant: string; session_id: string; task_id: string; commit_id: string }>;
export type AuditPlaceRow = PlaceRow & Readonly<{ id: string }>;
export type AuditRow = AuditPlaceRow & Readonly<{ entry: string }>;
export type TaskRow = Readonly<{ id: string; tenant: string; commit_id: string; state: string }>;
export type TextRow = TaskRow & Readonly<{ input: string; output: string | null }>;
export type HeldRow = Readonly<{ task_id: string; tenant: string; session_id: string; agent_id: string }>;
export type QueueRow = HeldRow &
  Readonly<{
    priority: number;
    requires: string | null;
    place: number;
    submitted_at: number;
    ready_at: number | null;
  }>;
export type LeaseRow = HeldRow & Readonly<{ worker_id: string; epoch: number; lease_ms: number }>;
export type SnapshotRow = Readonly<{ incarnation: number; snapshot: string }>;
export type MoveRow = SnapshotRow &
  Readonly<{ commits: number; moved_id: string | null }> &
  (QueueRow | Readonly<{ task_id: null }>);

export const cursorOf = ({ incarnation, xid, position }: PlaceRow): Cursor => ({
  incarnation,
  xid,
  position,
});

/** A commit's events with their places in the task's history. */
export function recordedOf({ version, events, author, at }: HistoryRow): readonly Recorded[] {
  const by = JSON.parse(author) as Author;
  const time = at.toISOString();
  return (JSON.parse(events) as TaskEvent[]).map((event, i) =>
    recordedAs(event, { version: version + i, at: time, author: by }),
  );
}

export function commitOf(row: CommitRow): LoggedCommit {
  const cursor = cursorOf(row);
  const { commit_id: commitId, tenant, session_id: sessionId, task_id: taskId } = row;
  const events = recordedOf(row).map((event, i): FeedEvent => ({
    id: `${commitId}:${i}`,
    tenant,
    sessionId,
    taskId,
    event,
    cursor,
  }));
  return { cursor, commitId, events };
}

export const auditPlaceOf = (row: AuditPlaceRow): AuditPlace => ({ cursor: cursorOf(row), id: row.id });

export const auditOf = (row: AuditRow): LoggedAudit => ({ ...auditPlaceOf(row), text: row.entry });

export const storedOf = ({ id, tenant, commit_id, state }: TaskRow): Stored => ({
  tenant,
  taskId: id,
  commitId: commit_id,
  task: JSON.parse(state) as Task,
});

/** Key by key, as `recordedAs` is: a queue of a hundred thousand is read by this. */
export const queuedOf = (row: QueueRow): QueuedTask => ({
  taskId: row.task_id,
  tenant: row.tenant,
  sessionId: row.session_id,
  agentId: row.agent_id,
  priority: row.priority,
  requires: row.requires === null ? [] : (JSON.parse(row.requires) as readonly string[]),
  submittedAt: row.submitted_at,
  readyAt: row.ready_at,
  place: row.place,
});

export const leasedOf = (row: LeaseRow): LeasedTask => ({
  taskId: row.task_id,
  tenant: row.tenant,
  sessionId: row.session_id,
  agentId: row.agent_id,
  workerId: row.worker_id,
  epoch: row.epoch,
  leaseMs: row.lease_ms,
});
