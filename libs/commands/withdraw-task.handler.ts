import { GuardedCommand, GuardedHandler, aTask } from '#access';
import type { ICommandHandler } from '#access';
import { WorkerLink } from '#contract';
import { EventStore } from '#event-store';
import { execute, targetOf } from './execute.js';
import { stopWorker } from './stop-worker.js';

/** Cancels a task on the runtime's own account: the session it was submitted in has ended. */
export class WithdrawTask extends GuardedCommand<void> {
  constructor(
    readonly taskId: string,
    readonly reason: string,
  ) {
    super();
  }
}

@GuardedHandler(WithdrawTask, ({ taskId }) => ({
  internal: 'system',
  resource: aTask(taskId),
  action: 'task.withdraw',
}))
export class WithdrawTaskHandler implements ICommandHandler<WithdrawTask> {
  constructor(
    private readonly store: EventStore,
    private readonly workers: WorkerLink,
  ) {}

  async execute({ taskId, reason, cause }: WithdrawTask): Promise<void> {
    const target = await targetOf(this.store, taskId);
    const { ended } = await execute(this.store, target, { type: 'CancelTask', data: { reason } }, cause);
    stopWorker(this.workers, taskId, ended, reason);
  }
}
