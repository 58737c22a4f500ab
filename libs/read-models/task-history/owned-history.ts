import { historyEventOf } from '#contract';
import type { TaskHistoryEvent } from '#contract';
import { MeshError } from '#errors';
import type { EventStore } from '#event-store';
import { evolve } from '#task';
import type { Recorded, TaskOrNone } from '#task';
import { isUuid } from '../page-cursor.js';

/**
 * A task's history from the log, of a task of this tenant.
 *
 * @throws {MeshError} `not_found` if there is no such task, or it is another tenant's
 */
export async function ownedHistory(
  store: EventStore,
  tenant: string,
  taskId: string,
): Promise<readonly Recorded[]> {
  await requireOwned(store, tenant, taskId);
  return store.history(taskId);
}

/** @throws {MeshError} `not_found` if there is no such task, or it is another tenant's */
export async function requireOwned(store: EventStore, tenant: string, taskId: string): Promise<void> {
  const stored = isUuid(taskId) ? await store.load(taskId) : null;
  if (stored?.tenant !== tenant) throw new MeshError('not_found', `there is no task ${taskId}`);
}

/** The entries that clients see, in order. */
export function entriesOf(taskId: string, history: readonly Recorded[]): readonly TaskHistoryEvent[] {
  let task: TaskOrNone = null;
  return history.map((event) => {
    task = evolve(task, event);
    return historyEventOf(taskId, event, task);
  });
}
