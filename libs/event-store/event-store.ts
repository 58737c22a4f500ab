import type { AuditEntry, Cursor, FeedEvent } from '#contract';
import type { Author, Placement, Recorded, Task, TaskEvent } from '#task';

/** What one command adds to one task: all of it or nothing. */
export type Commit = Readonly<{
  /** UUID. Repeating an append with the same id settles an unknown outcome. */
  id: string;
  tenant: string;
  taskId: string;
  /** The version the caller decided upon; 0 for a new task. */
  expectedVersion: number;
  events: readonly TaskEvent[];
  author: Author;
  /** ISO 8601. */
  at: string;
  /** The task after the last event. */
  task: Task;
  /** Where the task stands in the queue after this commit. */
  placement: Placement;
  /** Only in the commit that submits. */
  input?: string | undefined;
  /** Only in the commit that ends the task. */
  output?: string | undefined;
  /** Why this was allowed, kept with the commit for ever: rule and reason. */
  decision: Readonly<{ rule: string; reason: string }>;
  /** The audit record of this commit, where its command is one that the audit keeps. */
  audit?: AuditEntry | undefined;
}>;

/** A task as it stands. */
export type Stored = Readonly<{ tenant: string; taskId: string; commitId: string; task: Task }>;

export type StoredWithText = Stored & Readonly<{ input: string; output: string | null }>;

/** The log is two tables in one order: commits of tasks, and audit records. */
export type LogName = 'commits' | 'audit';

/** A commit as a tail reads it. */
export type LoggedCommit = Readonly<{ cursor: Cursor; commitId: string; events: readonly FeedEvent[] }>;

/** Where an audit record is, for who leaves the record itself in the database. */
export type AuditPlace = Readonly<{ cursor: Cursor; id: string }>;

/** An audit record as a tail reads it: an `AuditEntry` in JSON, so that only who needs its fields parses it. */
export type LoggedAudit = AuditPlace & Readonly<{ text: string }>;

/** A waiting task, as the scheduler sees it. Times are Unix milliseconds. */
export type QueuedTask = Readonly<{
  taskId: string;
  tenant: string;
  sessionId: string;
  agentId: string;
  priority: number;
  /** Labels its worker must carry. */
  requires: readonly string[];
  submittedAt: number;
  /** Not to begin before. */
  readyAt: number | null;
  /** Counts tasks as they came. */
  place: number;
}>;

/** A task some worker holds. */
export type LeasedTask = Pick<QueuedTask, 'taskId' | 'tenant' | 'sessionId' | 'agentId'> &
  Readonly<{ workerId: string; epoch: number; leaseMs: number }>;

/** What became of tasks with the commits that were not there at an earlier look. */
export type Moves = Readonly<{
  /** What to ask with the next time. */
  mark: string;
  /** Each task with a new commit: as it waits now, or none if it does not wait for a worker. */
  tasks: readonly Readonly<{ taskId: string; waiting: QueuedTask | null }>[];
  /** False where there were too many to tell, or the database has another past now: look at the whole queue instead. */
  isComplete: boolean;
}>;

/** Port. The log of what happened, the one truth. Everything else can be rebuilt from it. */
export abstract class EventStore {
  /** The task as it is now: reads your own and everybody's acknowledged writes. */
  abstract load(taskId: string): Promise<Stored | null>;

  /**
   * As `load`, but possibly of a moment ago, from this process's memory: to decide upon, never to answer with.
   *
   * @param suffices what of the memory is good enough; for the rest it is loaded. @default all of it
   */
  abstract peek(taskId: string, suffices?: (remembered: Stored) => boolean): Promise<Stored | null>;

  /** The task with its input and final output. */
  abstract loadWithText(taskId: string): Promise<StoredWithText | null>;

  /**
   * Appends all of the commit, or nothing of it. Appends that wait together share a round trip and an fsync.
   *
   * @throws {MeshError} `version_conflict` if the task has moved on (or exists, for a new one);
   *   `invalid_request` if the database cannot hold the data;
   *   `unavailable` if the database is away or the outcome stayed unknown until the deadline: repeat with the same id
   */
  abstract append(commit: Commit): Promise<Stored>;

  /**
   * Writes an audit record that has no commit: a denial, a refused command, a read that is audited.
   *
   * @throws {MeshError} `unavailable`
   */
  abstract record(entry: AuditEntry): Promise<void>;

  /** The task's events after version `after`, oldest first. */
  abstract history(taskId: string, after?: number, limit?: number): Promise<readonly Recorded[]>;

  /** Commits after the cursor, in log order; only those that no transaction under way can still precede. */
  abstract tail(after: Cursor, limit: number): Promise<readonly LoggedCommit[]>;

  /** Audit records after the cursor, by the same rule. */
  abstract auditTail(after: Cursor, limit: number): Promise<readonly LoggedAudit[]>;

  /** Where those records are. */
  abstract auditPlaces(after: Cursor, limit: number): Promise<readonly AuditPlace[]>;

  /**
   * Where the tail stands now, and how many entries (at most 10,000 are counted) come after `since`: also those that
   * the tail does not tell yet, because an older transaction is under way.
   */
  abstract head(since: Cursor, log?: LogName): Promise<Readonly<{ cursor: Cursor; behind: number }>>;

  /** Waiting tasks in order of arrival, after that place. */
  abstract queued(afterPlace: number, limit: number): Promise<readonly QueuedTask[]>;

  /**
   * Which tasks have commits that were not there at an earlier look, whatever transactions are still under way; nothing
   * is told twice. `null` begins here.
   */
  abstract moves(mark: string | null): Promise<Moves>;

  /**
   * Which of its session's waiting tasks a task is, counted from 1; null if it does not wait for a worker. Tasks of a
   * session beyond its first 10,000 are not counted.
   */
  abstract positionInQueue(taskId: string): Promise<number | null>;

  /** How many tasks of each tenant wait for a worker. */
  abstract waitingPerTenant(): Promise<ReadonlyMap<string, number>>;

  /** All tasks that workers hold. */
  abstract leased(): Promise<readonly LeasedTask[]>;

  /** Ids of tasks of a session that are not over, at most `limit`. */
  abstract unfinished(tenant: string, sessionId: string, limit: number): Promise<readonly string[]>;

  /** How many wait and how many are held, in all or of one tenant. */
  abstract queueDepth(tenant?: string): Promise<Readonly<{ ready: number; leased: number }>>;

  /** Versions of the given tasks, for a watcher's slow poll. Unknown ones are left out. */
  abstract versions(taskIds: readonly string[]): Promise<ReadonlyMap<string, number>>;

  /** Calls `listener` after each commit of this process. `queue` is true where the commit changed the queue. */
  abstract onCommitted(listener: (commit: Readonly<{ queueChanged: boolean }>) => void): void;

  /** @throws {MeshError} `unavailable` unless the database answers, is writable and durable as it must be */
  abstract check(): Promise<void>;
}
