import { GuardedCommand, GuardedHandler } from '#access';
import type { ICommandHandler } from '#access';
import { EventStore } from '#event-store';
import { execute, targetOf } from './execute.js';

/** Stops the task's attempt and frees its worker; resuming begins a new attempt. */
export class PauseTask extends GuardedCommand<void> {
  constructor(
    readonly taskId: string,
    readonly reason?: string,
  ) {
    super();
  }
}

@GuardedHandler(PauseTask, ({ taskId }) => ({ permissions: ['task:cancel'], taskId, action: 'task.pause' }))
export class PauseTaskHandler implements ICommandHandler<PauseTask> {
  constructor(private readonly store: EventStore) {}

  async execute({ taskId, reason, cause }: PauseTask): Promise<void> {
    await execute(this.store, await targetOf(this.store, taskId), { type: 'PauseTask', data: { reason } }, cause);
  }
}
