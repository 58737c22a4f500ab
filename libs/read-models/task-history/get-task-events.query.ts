import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import type { TaskHistoryEvent } from '#contract';
import { EventStore } from '#event-store';
import { entriesOf, ownedHistory } from './owned-history.js';

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

  /** @throws {MeshError} `not_found` */
  async execute({ taskId, scope }: GetTaskEvents): Promise<readonly TaskHistoryEvent[]> {
    return entriesOf(taskId, await ownedHistory(this.store, scope.tenant, taskId));
  }
}
