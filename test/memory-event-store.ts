import { compareCursors } from '#contract';
import type { Cursor, FeedEvent } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import type {
  Commit,
  LoggedAudit,
  LoggedCommit,
  Moves,
  QueuedTask,
  Stored,
  StoredWithText,
} from '#event-store';
import { evolve } from '#task';
import type { Recorded, Task, TaskEvent, TaskOrNone } from '#task';

const AUTHOR = { kind: 'system', id: 'test' } as const;

/** A commit of some events, with whatever else one needs made up. */
export function commitOf(
  taskId: string,
  before: TaskOrNone,
  events: readonly TaskEvent[],
  at: string,
): Commit {
  const expectedVersion = before?.version ?? 0;
  const task = events.reduce<TaskOrNone>((state, event, i) => {
    return evolve(state, { ...event, version: expectedVersion + i + 1, at, author: AUTHOR });
  }, before) as Task;
  const decision = { rule: 'test', reason: 'test' };
  return {
    id: crypto.randomUUID(),
    tenant: 'default',
    taskId,
    expectedVersion,
    events,
    author: AUTHOR,
    at,
    task,
    placement: 'none',
    decision,
  };
}

/** A log in memory, for specs of what reads one. Not an adapter: queue, audit and texts are left out. */
export class MemoryEventStore extends EventStore {
  readonly commits: LoggedCommit[] = [];
  private readonly tasks = new Map<string, Readonly<{ stored: Stored; history: readonly Recorded[] }>>();
  private readonly listeners = new Set<(commit: Readonly<{ queueChanged: boolean }>) => void>();
  /** How often the log was asked for a history, a tail, or versions. */
  readonly reads = { history: 0, tail: 0, versions: 0 };
  /** While set, every call is refused. */
  away = false;

  /** Appends events to a task, one commit, with whatever else a commit needs made up. */
  async add(taskId: string, ...events: readonly TaskEvent[]): Promise<readonly FeedEvent[]> {
    const at = new Date(Date.UTC(2026, 0, 1) + this.commits.length).toISOString();
    await this.append(commitOf(taskId, this.tasks.get(taskId)?.stored.task ?? null, events, at));
    return this.commits.at(-1)?.events ?? [];
  }

  override async append(commit: Commit): Promise<Stored> {
    this.answer();
    const known = this.tasks.get(commit.taskId);
    if ((known?.stored.task.version ?? 0) !== commit.expectedVersion) {
      throw new MeshError('version_conflict', 'the task has moved on');
    }
    const { id: commitId, tenant, taskId, task, author, at } = commit;
    const recorded = commit.events.map((event, i) => ({
      ...event,
      version: commit.expectedVersion + i + 1,
      at,
      author,
    }));
    const position = String(this.commits.length + 1);
    const cursor: Cursor = { incarnation: 1, xid: String(this.commits.length + 100), position };
    const events = recorded.map((event, i) => ({
      id: `${commitId}:${i}`,
      tenant,
      sessionId: task.sessionId,
      taskId,
      event: event as Recorded,
      cursor,
    }));
    const stored = { tenant, taskId, commitId, task };
    this.commits.push({ cursor, commitId, events });
    this.tasks.set(taskId, { stored, history: [...(known?.history ?? []), ...(recorded as Recorded[])] });
    for (const listener of this.listeners) listener({ queueChanged: false });
    return stored;
  }

  override async load(taskId: string): Promise<Stored | null> {
    this.answer();
    return this.tasks.get(taskId)?.stored ?? null;
  }

  override peek(taskId: string): Promise<Stored | null> {
    return this.load(taskId);
  }

  override async loadWithText(taskId: string): Promise<StoredWithText | null> {
    const stored = await this.load(taskId);
    return stored ? { ...stored, input: '', output: null } : null;
  }

  override async record(): Promise<void> {
    this.answer();
  }

  override async history(taskId: string, after = 0, limit = Infinity): Promise<readonly Recorded[]> {
    this.answer();
    this.reads.history += 1;
    return (this.tasks.get(taskId)?.history ?? []).slice(after, after + limit);
  }

  override async tail(after: Cursor, limit: number): Promise<readonly LoggedCommit[]> {
    this.answer();
    this.reads.tail += 1;
    return this.commits.filter(({ cursor }) => compareCursors(cursor, after) > 0).slice(0, limit);
  }

  override async auditTail(_after: Cursor, _limit: number): Promise<readonly LoggedAudit[]> {
    return [];
  }

  override auditPlaces(after: Cursor, limit: number): Promise<readonly LoggedAudit[]> {
    return this.auditTail(after, limit);
  }

  override async head(since: Cursor): Promise<Readonly<{ cursor: Cursor; behind: number }>> {
    this.answer();
    const behind = this.commits.filter(({ cursor }) => compareCursors(cursor, since) > 0).length;
    return { cursor: this.commits.at(-1)?.cursor ?? since, behind };
  }

  override async queued(): Promise<readonly QueuedTask[]> {
    return [];
  }

  override async moves(): Promise<Moves> {
    return { mark: '', tasks: [], isComplete: true };
  }

  override async positionInQueue(): Promise<number | null> {
    return null;
  }

  override async waitingPerTenant(): Promise<ReadonlyMap<string, number>> {
    return new Map();
  }

  override async leased(): Promise<readonly never[]> {
    return [];
  }

  override async unfinished(): Promise<readonly string[]> {
    return [];
  }

  override async queueDepth(): Promise<Readonly<{ ready: number; leased: number }>> {
    return { ready: 0, leased: 0 };
  }

  override async versions(taskIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.answer();
    this.reads.versions += 1;
    const known = taskIds.flatMap((id) => {
      const version = this.tasks.get(id)?.stored.task.version;
      return version === undefined ? [] : [[id, version] as const];
    });
    return new Map(known);
  }

  override onCommitted(listener: (commit: Readonly<{ queueChanged: boolean }>) => void): void {
    this.listeners.add(listener);
  }

  override async check(): Promise<void> {
    this.answer();
  }

  private answer(): void {
    if (this.away) throw new MeshError('unavailable', 'the database is away');
  }
}
