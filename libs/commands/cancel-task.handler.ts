import { GuardedCommand, GuardedHandler, aTask } from '#access';
import type { ICommandHandler } from '#access';
import { WorkerLink } from '#contract';
import type { TaskState } from '#contract';
import { EventStore } from '#event-store';
import { execute, targetOf } from './execute.js';
import { stopWorker } from './stop-worker.js';
import { taskAfter } from './task-after.js';

/** Asking twice is one cancellation; a task that ended otherwise refuses. */
export class CancelTask extends GuardedCommand<TaskState> {
  constructor(
    readonly taskId: string,
    readonly reason: string,
  ) {
    super();
  }
}

@GuardedHandler(CancelTask, ({ taskId }) => ({
  permissions: ['task:cancel'],
  resource: aTask(taskId),
  action: 'task.cancel',
}))
export class CancelTaskHandler implements ICommandHandler<CancelTask> {
  constructor(
    private readonly store: EventStore,
    private readonly workers: WorkerLink,
  ) {}

  async execute({ taskId, reason, cause }: CancelTask): Promise<TaskState> {
    const target = await targetOf(this.store, taskId);
    const { ended } = await execute(this.store, target, { type: 'CancelTask', data: { reason } }, cause);
    stopWorker(this.workers, taskId, ended, 'cancelled');
    return taskAfter(this.store, taskId);
  }
}
