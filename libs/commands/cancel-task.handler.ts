import { GuardedCommand, GuardedHandler } from '#access';
import type { ICommandHandler } from '#access';
import { EventStore } from '#event-store';
import { execute, targetOf } from './execute.js';

/** Asking twice is one cancellation; a task that ended otherwise refuses. */
export class CancelTask extends GuardedCommand<void> {
  constructor(
    readonly taskId: string,
    readonly reason: string,
  ) {
    super();
  }
}

@GuardedHandler(CancelTask, ({ taskId }) => ({ permissions: ['task:cancel'], taskId, action: 'task.cancel' }))
export class CancelTaskHandler implements ICommandHandler<CancelTask> {
  constructor(private readonly store: EventStore) {}

  async execute({ taskId, reason, cause }: CancelTask): Promise<void> {
    await execute(this.store, await targetOf(this.store, taskId), { type: 'CancelTask', data: { reason } }, cause);
  }
}
