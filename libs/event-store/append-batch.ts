import { MeshError } from '#errors';
import type { AuditEntry } from '#contract';
import type { TaskEventType } from '#task';
import type { Commit } from './event-store.js';

/** What one append or record asks for: a commit, or an audit record alone. */
export type Entry = Readonly<
  { commit: Commit; audit?: undefined } | { commit?: undefined; audit: AuditEntry }
>;

/** An entry made ready to be sent. */
export type Prepared = Entry &
  Readonly<{ bytes: number; state: string; events: string; auditText: string | null }>;

/** Whether an event may move its task in the queue. Others leave the queue's row alone, and spare its write. */
const MOVES: { readonly [Type in TaskEventType]: boolean } = {
  TaskSubmitted: true,
  LeaseGranted: true,
  PlanningStarted: false,
  PlanRecorded: false,
  TaskStarted: false,
  ProgressReported: false,
  OutputAppended: false,
  StepRecorded: false,
  InputRequested: true,
  ApprovalRequested: true,
  TaskPaused: true,
  TaskResumed: true,
  AttemptLost: true,
  TaskCompleted: true,
  TaskFailed: true,
  TaskCancelled: true,
};

/** Whether the commit may have changed the queue. */
export const movesQueue = ({ events }: Commit): boolean => events.some(({ type }) => MOVES[type]);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID as the database writes it: in lower case. */
export const isUuid = (id: string): boolean => UUID.test(id);

/** @throws {MeshError} `invalid_request` where the driver would store other words than were given */
export function prepare(entry: Entry): Prepared {
  const { commit } = entry;
  const auditText = auditOf(entry) ? JSON.stringify(auditOf(entry)) : null;
  if (!commit) return { ...entry, bytes: auditText?.length ?? 0, state: '', events: '', auditText };
  check(commit);
  const state = JSON.stringify(commit.task);
  const events = JSON.stringify(commit.events);
  const texts = [state, events, auditText, commit.input, commit.output];
  return {
    ...entry,
    bytes: texts.reduce((sum, text) => sum + (text?.length ?? 0), 256),
    state,
    events,
    auditText,
  };
}

const auditOf = ({ commit, audit }: Entry): AuditEntry | undefined => audit ?? commit?.audit;

function check({ id, taskId, events, input, output, at, task, tenant }: Commit): void {
  if (!isUuid(id)) throw refused('id', `${id} is no UUID in lower case`);
  if (!isUuid(taskId)) throw refused('taskId', `${taskId} is no UUID in lower case`);
  if (events.length === 0) throw refused('events', 'a commit has one event at least');
  if (!isInstant(at)) throw refused('at', `${at} is not as Date.toISOString writes it`);
  const texts = {
    input,
    output,
    tenant,
    sessionId: task.sessionId,
    agentId: task.agentId,
    workerId: task.lease?.workerId,
  };
  for (const [field, text] of Object.entries(texts)) {
    if (text !== undefined && !text.isWellFormed())
      throw refused(field, `${field} has half a character (a lone surrogate)`);
  }
}

const isInstant = (at: string): boolean => {
  const time = Date.parse(at);
  return !Number.isNaN(time) && new Date(time).toISOString() === at;
};

const refused = (field: string, message: string) => new MeshError('invalid_request', message, { field });

const lastVersion = ({ expectedVersion, events }: Commit): number => expectedVersion + events.length;

/** A commit as the statement reads it. */
const rowOf = (commit: Commit, { state, events }: Prepared) => ({
  id: commit.taskId,
  expected: commit.expectedVersion,
  version: lastVersion(commit),
  commit_id: commit.id,
  state,
  events,
  author: JSON.stringify(commit.author),
  decision: JSON.stringify(commit.decision),
  at: commit.at,
  tenant: commit.tenant,
  input: commit.expectedVersion === 0 ? (commit.input ?? '') : null,
  output: commit.output ?? null,
  placement: movesQueue(commit) ? commit.placement : null,
  session_id: commit.task.sessionId,
  agent_id: commit.task.agentId,
  priority: commit.task.priority,
  ...(commit.placement === 'leased' ? leaseOf(commit) : {}),
});

const leaseOf = ({ task: { lease } }: Commit) => ({
  worker_id: lease?.workerId,
  epoch: lease?.epoch,
  lease_ms: lease?.leaseMs,
});

/** An audit record as the statement reads it; `commit_id` says which commit it hangs on, if any. */
const auditRowOf = (audit: AuditEntry, { commit, auditText }: Prepared) => ({
  id: audit.id,
  commit_id: commit?.id ?? null,
  tenant: audit.tenant,
  at: audit.at,
  entry: auditText,
});

/** All parameters of the append statement. Indexes in its answer count the entries that have a commit. */
export function parametersOf(batch: readonly Prepared[]): unknown[] {
  const commits = batch.flatMap((prepared) =>
    prepared.commit ? [[prepared.commit, prepared] as const] : [],
  );
  const audits = batch.flatMap((prepared) => {
    const audit = auditOf(prepared);
    return audit ? [auditRowOf(audit, prepared)] : [];
  });
  return [
    commits.map(([{ taskId }]) => taskId),
    JSON.stringify(commits.map(([commit, prepared]) => rowOf(commit, prepared))),
    JSON.stringify(audits),
  ];
}
