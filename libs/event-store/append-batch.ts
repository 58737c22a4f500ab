import { MeshError } from '#errors';
import type { AuditEntry } from '#contract';
import { dueAtOf } from '#task';
import type { TaskEventType } from '#task';
import type { Commit } from './event-store.js';

/** What one append or record asks for: a commit, or an audit record alone. */
export type Entry = Readonly<
  { commit: Commit; audit?: undefined } | { commit?: undefined; audit: AuditEntry }
>;

/** An entry made ready to be sent. */
export type Prepared = Entry & Readonly<{ bytes: number; bodies: Bodies; auditText: string | null }>;

/** What of a commit is kept as the JSON that it is. */
type Bodies = Readonly<Record<(typeof BODIES)[number], string>>;

/** In the order of the append statement's parameters. */
const BODIES = ['state', 'events', 'author', 'decision'] as const;

const NO_BODIES: Bodies = { state: '', events: '', author: '', decision: '' };

/** Parts members of one text parameter. JSON has it only escaped. */
const SEPARATOR = '\u001e';

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
  const audit = auditOf(entry);
  const auditText = audit ? printable(JSON.stringify(audit)) : null;
  if (!commit) return { ...entry, bytes: auditText?.length ?? 0, bodies: NO_BODIES, auditText };
  check(commit);
  const bodies = {
    state: JSON.stringify(commit.task),
    events: JSON.stringify(commit.events),
    author: JSON.stringify(commit.author),
    decision: JSON.stringify(commit.decision),
  };
  const texts = [bodies.state, bodies.events, auditText, commit.input, commit.output];
  const bytes = texts.reduce((sum, text) => sum + (text?.length ?? 0), 512);
  return { ...entry, bytes, bodies, auditText };
}

const UNPRINTABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/**
 * A record says what somebody asked for, who may have asked with NUL or half a character in it: no database takes those
 * as text, and no record may stop the others.
 */
const printable = (json: string): string =>
  json.includes('\\u') ? json.replaceAll(UNPRINTABLE, '$1\\ufffd') : json;

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
const rowOf = (commit: Commit) => ({
  id: commit.taskId,
  expected: commit.expectedVersion,
  version: lastVersion(commit),
  commit_id: commit.id,
  at: commit.at,
  tenant: commit.tenant,
  input: commit.expectedVersion === 0 ? (commit.input ?? '') : null,
  output: commit.output ?? null,
  placement: movesQueue(commit) ? commit.placement : null,
  session_id: commit.task.sessionId,
  agent_id: commit.task.agentId,
  priority: commit.task.priority,
  submitted_at: commit.task.createdAt,
  requires: commit.task.requires?.length ? JSON.stringify(commit.task.requires) : null,
  ready_at: commit.task.retryAt ?? null,
  due_at: dueAtOf(commit.task) ?? null,
  ...(commit.placement === 'leased' ? leaseOf(commit) : {}),
});

const leaseOf = ({ task: { lease } }: Commit) => ({
  worker_id: lease?.workerId,
  epoch: lease?.epoch,
  lease_ms: lease?.leaseMs,
});

/** An audit record as the statement reads it; `commit_id` says which commit it hangs on, if any. */
const auditRowOf = (audit: AuditEntry, commit: Commit | undefined) => ({
  id: audit.id,
  commit_id: commit?.id ?? null,
  tenant: audit.tenant,
  at: audit.at,
});

/** All parameters of the append statement. Indexes in its answer count the entries that have a commit. */
export function parametersOf(batch: readonly Prepared[]): unknown[] {
  const commits = batch.filter(({ commit }) => commit !== undefined);
  const records = batch.filter(({ auditText }) => auditText !== null);
  return [
    commits.map(({ commit }) => commit?.taskId),
    JSON.stringify(commits.flatMap(({ commit }) => (commit ? [rowOf(commit)] : []))),
    JSON.stringify(
      records.flatMap((prepared) => {
        const audit = auditOf(prepared);
        return audit ? [auditRowOf(audit, prepared.commit)] : [];
      }),
    ),
    ...BODIES.map((name) => commits.map(({ bodies }) => bodies[name]).join(SEPARATOR)),
    records.map(({ auditText }) => auditText).join(SEPARATOR),
  ];
}
