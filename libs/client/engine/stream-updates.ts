import { updateOf } from '#contract';
import type { StreamOptions, TaskUpdateEvent } from '#contract';
import { MeshError } from '#errors';
import { evolve, isFinal } from '#task';
import type { Recorded, TaskOrNone } from '#task';
import type { TaskStorage } from './storage.js';
import type { Watchers } from './watchers.js';

/**
 * Every event of a task from the first (or after `after`), once, in order, until the final one or until `signal`.
 * Reads the history and sleeps between reads, so that a slow reader holds nothing up and loses nothing.
 *
 * @throws {MeshError} `not_found`
 */
export async function* streamUpdates(
  storage: TaskStorage,
  watchers: Watchers,
  taskId: string,
  { after = 0, signal = new AbortController().signal }: StreamOptions = {},
): AsyncGenerator<TaskUpdateEvent, void> {
  const bell = ringer();
  const unwatch = watchers.watch(taskId, bell.ring);
  signal.addEventListener('abort', bell.ring);
  const goesOn = (task: TaskOrNone) => !signal.aborted && !(task && isFinal(task.status));
  try {
    let task: TaskOrNone = null;
    while (goesOn(task)) {
      const rung = bell.next(); // before reading, so that nothing falls between
      for (const event of await read(storage, taskId, task)) {
        task = evolve(task, event);
        if (event.version > after && !signal.aborted) yield updateOf(taskId, event, task);
      }
      if (goesOn(task)) await rung;
    }
  } finally {
    signal.removeEventListener('abort', bell.ring);
    unwatch();
  }
}

async function read(storage: TaskStorage, taskId: string, task: TaskOrNone): Promise<readonly Recorded[]> {
  const events = await storage.history(taskId, task?.version ?? 0);
  if (!task && events.length === 0) throw new MeshError('not_found', `there is no task ${taskId}`);
  return events;
}

/** A bell that is heard by whoever asked for its next ring before it rang. */
function ringer(): Readonly<{ ring: () => void; next: () => Promise<void> }> {
  let waiting: (() => void)[] = [];
  return {
    ring() {
      const all = waiting;
      waiting = [];
      for (const wake of all) wake();
    },
    next: () => new Promise((resolve) => waiting.push(resolve)),
  };
}
