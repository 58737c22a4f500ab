import { taskStateOf } from '#contract';
import type { TaskState } from '#contract';
import { MeshError } from '#errors';
import type { EventStore } from '#event-store';

/**
 * The task as a command left it, or as others have changed it since. It is the command's own answer, as it is a
 * submit's: who may cancel need not be one who may read, and must not be denied what has already happened.
 */
export async function taskAfter(store: EventStore, taskId: string): Promise<TaskState> {
  const stored = await store.loadWithText(taskId);
  if (!stored) throw new MeshError('not_found', `there is no task ${taskId}`);
  return taskStateOf(taskId, stored.task, stored.input, stored.output);
}
