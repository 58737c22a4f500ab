import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import { isUuid, taskStateOf } from '#contract';
import type { TaskState } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';

/**
 * A task as it is now: your own write included. `null` if there is none, or it is another tenant's.
 * `atLeast` asks for this version or a later one, and is refused as `unavailable` while there is none.
 */
export class GetTask extends GuardedQuery<TaskState | null> {
  constructor(
    readonly taskId: string,
    readonly atLeast?: number,
  ) {
    super();
  }
}

@GuardedQueryHandler(GetTask, ({ taskId }) => ({
  permissions: ['task:read'],
  resource: aTask(taskId),
  action: 'task.read',
}))
export class GetTaskHandler implements IQueryHandler<GetTask> {
  constructor(private readonly store: EventStore) {}

  async execute({ taskId, atLeast = 0, scope }: GetTask): Promise<TaskState | null> {
    const stored = isUuid(taskId) ? await this.store.loadWithText(taskId) : null;
    if (stored?.tenant !== scope.tenant) return null;
    const { task, input, output } = stored;
    if (task.version < atLeast) {
      throw new MeshError(
        'unavailable',
        `task ${taskId} is at version ${task.version}, not yet at ${atLeast}`,
        { retryAfterSeconds: 1 },
      );
    }
    return taskStateOf(taskId, task, input, output);
  }
}
