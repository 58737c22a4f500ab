import { GuardedCommand, GuardedHandler, aTask } from '#access';
import type { ICommandHandler } from '#access';
import { EventStore } from '#event-store';
import { execute, targetOf } from './execute.js';

/** Ends an attempt whose worker is gone. Nothing, if the attempt has ended otherwise. */
export class LoseAttempt extends GuardedCommand<void> {
  constructor(
    readonly taskId: string,
    readonly epoch: number,
    readonly reason: string,
  ) {
    super();
  }
}

@GuardedHandler(LoseAttempt, ({ taskId }) => ({
  internal: 'system',
  resource: aTask(taskId),
  action: 'task.lose-attempt',
}))
export class LoseAttemptHandler implements ICommandHandler<LoseAttempt> {
  constructor(private readonly store: EventStore) {}

  async execute({ taskId, epoch, reason, cause }: LoseAttempt): Promise<void> {
    await execute(
      this.store,
      await targetOf(this.store, taskId),
      { type: 'LoseAttempt', data: { epoch, reason, jitter: Math.random() } },
      cause,
    );
  }
}
