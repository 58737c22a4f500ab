import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import type { TaskUpdateEvent } from '#contract';
import { LiveUpdates } from '#streaming';

/** A task's updates from the first (or after `after`) to the final one: history, then what comes. */
export class WatchTask extends GuardedQuery<AsyncIterableIterator<TaskUpdateEvent>> {
  constructor(
    readonly taskId: string,
    readonly after: number | undefined,
    readonly signal: AbortSignal | undefined,
  ) {
    super();
  }
}

@GuardedQueryHandler(WatchTask, ({ taskId }) => ({
  permissions: ['task:read'],
  resource: aTask(taskId),
  action: 'task.watch',
}))
export class WatchTaskHandler implements IQueryHandler<WatchTask> {
  constructor(private readonly live: LiveUpdates) {}

  async execute({ taskId, after, signal }: WatchTask): Promise<AsyncIterableIterator<TaskUpdateEvent>> {
    return this.live.watchUpdates(taskId, { after, signal });
  }
}
