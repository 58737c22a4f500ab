import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import { EventStore } from '#event-store';
import { replay } from './replay.js';
import type { Replay, ReplayUntil } from './replay.js';

/** A task as it was at a version or a time, folded from the log. */
export class ReplayTask extends GuardedQuery<Replay> {
  constructor(
    readonly taskId: string,
    readonly until: ReplayUntil = {},
  ) {
    super();
  }
}

@GuardedQueryHandler(ReplayTask, ({ taskId }) => ({
  permissions: ['task:read'],
  resource: aTask(taskId),
  action: 'task.replay',
}))
export class ReplayTaskHandler implements IQueryHandler<ReplayTask> {
  constructor(private readonly store: EventStore) {}

  /** @throws {MeshError} `not_found` | `invalid_request` */
  async execute({ taskId, until, scope }: ReplayTask): Promise<Replay> {
    return replay(scope.tenant, taskId, await this.store.history(taskId), until);
  }
}
