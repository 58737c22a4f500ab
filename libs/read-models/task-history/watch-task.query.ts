import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import type { TaskUpdateEvent } from '#contract';
import { EventStore } from '#event-store';
import { LiveUpdates } from '#streaming';
import { requireOwned } from './owned-history.js';

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
  constructor(
    private readonly store: EventStore,
    private readonly live: LiveUpdates,
  ) {}

  /** @throws {MeshError} `not_found`, before the first update */
  async execute({
    taskId,
    after,
    signal,
    scope,
  }: WatchTask): Promise<AsyncIterableIterator<TaskUpdateEvent>> {
    await requireOwned(this.store, scope.tenant, taskId);
    return this.live.watchUpdates(taskId, { after, signal });
  }
}
