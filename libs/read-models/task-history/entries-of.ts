import { historyEventOf } from '#contract';
import type { TaskHistoryEvent } from '#contract';
import { evolve } from '#task';
import type { Recorded, TaskOrNone } from '#task';

/** The entries of a task's history that clients see, in order. */
export function entriesOf(taskId: string, history: readonly Recorded[]): readonly TaskHistoryEvent[] {
  let task: TaskOrNone = null;
  return history.map((event) => {
    task = evolve(task, event);
    return historyEventOf(taskId, event, task);
  });
}
