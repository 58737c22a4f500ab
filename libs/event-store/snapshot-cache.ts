import type { Stored } from './event-store.js';

/** The snapshots this process saw last, the least recently used going first. */
export class SnapshotCache {
  private readonly byTask = new Map<string, Stored>();

  constructor(private readonly maxEntries = 10_000) {}

  get(taskId: string): Stored | null {
    const stored = this.byTask.get(taskId);
    if (!stored) return null;
    this.byTask.delete(taskId);
    this.byTask.set(taskId, stored);
    return stored;
  }

  /** Keeps the newer of what it has and what it is given. */
  put(stored: Stored): void {
    const known = this.byTask.get(stored.taskId);
    if (known && known.task.version >= stored.task.version) return;
    this.byTask.delete(stored.taskId);
    this.byTask.set(stored.taskId, stored);
    if (this.byTask.size <= this.maxEntries) return;
    for (const oldest of this.byTask.keys()) {
      this.byTask.delete(oldest);
      return;
    }
  }

  /** What was known proved old. */
  forget(taskId: string): void {
    this.byTask.delete(taskId);
  }
}
