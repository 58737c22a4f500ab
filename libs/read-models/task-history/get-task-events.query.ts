import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import type { TaskHistoryEvent } from '#contract';
import { EventStore } from '#event-store';
import { entriesOf } from './entries-of.js';

/** A task's whole history, from the log: your own write included. */
export class GetTaskEvents extends GuardedQuery<readonly TaskHistoryEvent[]> {
  constructor(readonly taskId: string) {
    super();
  }
}

@GuardedQueryHandler(GetTaskEvents, ({ taskId }) => ({
  permissions: ['task:read'],
  resource: aTask(taskId),
  action: 'task.events',
}))
export class GetTaskEventsHandler implements IQueryHandler<GetTaskEvents> {
  constructor(private readonly store: EventStore) {}

  async execute({ taskId }: GetTaskEvents): Promise<readonly TaskHistoryEvent[]> {
    return entriesOf(taskId, await this.store.history(taskId));
  }
}
