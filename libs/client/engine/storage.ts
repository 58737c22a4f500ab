import { MeshError } from '#errors';
import type { Recorded, Task, TaskStatus } from '#task';

/** A task as an engine keeps it: the fold of its history, and its texts beside it. */
export type StoredTask = Readonly<{ id: string; task: Task; input: string; output: string | null }>;

export type StoredTaskFilter = Readonly<{ status?: TaskStatus | undefined; sessionId?: string | undefined }>;

/** Port. Where a `DistributedTaskEngine` keeps its tasks. */
export interface TaskStorage {
  /** The task as it is now; `null` if there is none. */
  load(taskId: string): Promise<StoredTask | null>;

  /**
   * Keeps `events` and the task after the last of them: both or neither.
   *
   * @param expectedVersion the version the caller decided upon; 0 for a new task
   * @throws {MeshError} `version_conflict` if the task has moved on, or exists already
   */
  append(after: StoredTask, events: readonly Recorded[], expectedVersion: number): Promise<void>;

  /** The task's events after version `after`, oldest first; empty if there is no such task. */
  history(taskId: string, after?: number): Promise<readonly Recorded[]>;

  /** The tasks that match, oldest first. */
  list(filter: StoredTaskFilter): Promise<readonly StoredTask[]>;
}

type Entry = Readonly<{ stored: StoredTask; events: Recorded[] }>;

/** Keeps tasks for as long as the process lives. */
export class MemoryTaskStorage implements TaskStorage {
  private readonly entries = new Map<string, Entry>();

  async load(taskId: string): Promise<StoredTask | null> {
    return this.entries.get(taskId)?.stored ?? null;
  }

  async append(after: StoredTask, events: readonly Recorded[], expectedVersion: number): Promise<void> {
    const entry = this.entries.get(after.id);
    const version = entry?.stored.task.version ?? 0;
    if (version !== expectedVersion) {
      throw new MeshError(
        'version_conflict',
        `task ${after.id} is at version ${version}, not ${expectedVersion}`,
      );
    }
    const history = entry?.events ?? [];
    history.push(...events);
    this.entries.set(after.id, { stored: after, events: history });
  }

  async history(taskId: string, after = 0): Promise<readonly Recorded[]> {
    return this.entries.get(taskId)?.events.slice(after) ?? [];
  }

  async list({ status, sessionId }: StoredTaskFilter): Promise<readonly StoredTask[]> {
    return [...this.entries.values()]
      .map(({ stored }) => stored)
      .filter(({ task }) => status === undefined || task.status === status)
      .filter(({ task }) => sessionId === undefined || task.sessionId === sessionId);
  }
}
